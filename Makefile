SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV ?= .venv
INVENTORY ?= inventory/lab
VM ?= lab1
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
export ANSIBLE_INVENTORY := $(INVENTORY)
# Named, so that Ansible reads it below a world-writable directory too.
export ANSIBLE_CONFIG := $(CURDIR)/ansible.cfg
# What ansible.cfg sets is not for the environment to change, nor which Python packages are found.
unexport ANSIBLE_ROLES_PATH ANSIBLE_LIBRARY ANSIBLE_FILTER_PLUGINS ANSIBLE_MODULE_UTILS
unexport ANSIBLE_COLLECTIONS_PATH ANSIBLE_COLLECTIONS_PATHS ANSIBLE_PLAYBOOK_DIR ANSIBLE_PRECEDENCE
unexport ANSIBLE_PYTHON_INTERPRETER ANSIBLE_GATHERING ANSIBLE_INJECT_FACT_VARS ANSIBLE_HASH_BEHAVIOUR
unexport ANSIBLE_BECOME ANSIBLE_BECOME_METHOD ANSIBLE_FORCE_HANDLERS PYTHONPATH PYTHONHOME
# What is installed has no bytecode: Python is to write it at the first use, or each run compiles anew.
unexport PYTHONDONTWRITEBYTECODE
# Ansible runs in UTF-8 only.
ifneq ($(shell locale charmap 2>/dev/null),UTF-8)
export LC_ALL := C.UTF-8
endif
# Ansible asks for the password of sudo where sudo does; a password that sudo still remembers is
# none for Ansible, whose processes have no terminal.
lab build deploy update rollback prune down clean: export ANSIBLE_BECOME_ASK_PASS = $(shell \
  [ "$$(id -u)" = 0 ] || sudo -kn true 2>/dev/null && echo false || echo true)

# Which release, and what of a database that an older one does not know.
CHOICE = $(if $(RELEASE),--extra-vars 'lab_release=$(RELEASE)') $(if $(DATABASE),--extra-vars 'lab_database=$(DATABASE)')

help: ## List what you can ask for
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

doctor: $(VENV)/.ready ## See what this machine has and lacks for the lab
	ansible-playbook playbooks/doctor.yml

lab: $(VENV)/.ready ## Start the whole lab, or heal it
	ansible-playbook site.yml

build: $(VENV)/.ready ## Make a release of what has changed, and deploy nothing
	ansible-playbook playbooks/build.yml

deploy: $(VENV)/.ready ## Deploy the current release again, or another one (RELEASE=12)
	ansible-playbook playbooks/deploy.yml $(CHOICE)

update: $(VENV)/.ready ## Take up what Debian and git branches have that is newer, and deploy it
	ansible-playbook playbooks/update.yml

rollback: $(VENV)/.ready ## Deploy the release before, or another one (RELEASE=11)
	ansible-playbook playbooks/rollback.yml $(CHOICE)

releases: $(VENV)/.ready ## List the releases, what each changed, and what runs where
	ansible-playbook playbooks/releases.yml

prune: $(VENV)/.ready ## Remove images that no release needs
	ansible-playbook playbooks/prune.yml

check: $(VENV)/.ready ## See whether a running lab is as it must be, changing nothing
	ansible-playbook playbooks/check.yml

check-hard: $(VENV)/.ready ## Check a running lab by attacking it, too: takes minutes
	ansible-playbook playbooks/check.yml --extra-vars check_intrusive=true

down: $(VENV)/.ready ## Remove the lab's VMs with all that is in them (CONFIRM=yes: do not ask)
	ansible-playbook playbooks/down.yml $(if $(CONFIRM),--extra-vars down_confirm=$(CONFIRM)) $(DOWN_OPTIONS)

report: $(VENV)/.ready ## Write a page about every image, layer by layer
	ansible-playbook playbooks/report.yml

gallery: $(VENV)/.ready ## Draw the wall of a hundred monsters anew, for the README
	python tools/monster_wall.py docs/images/monsters.png

demo-health: $(VENV)/.ready ## See a container turn unhealthy and back
	ansible-playbook playbooks/demo_healthcheck.yml

demo-cache: $(VENV)/.ready ## See what a rebuild takes from the cache
	ansible-playbook playbooks/demo_cache.yml

bench: ## Measure identidock against the lesson's own code, on the VM (BENCH='--pairs 1')
	bench/speed.sh $(VM) $(BENCH)

shell: .lab/connect ## A shell on the VM (VM=lab1)
	@$< $(VM)

status: $(VENV)/.ready ## How the VMs, their stacks and the swarm fare
	@ansible-playbook playbooks/status.yml

logs: .lab/connect ## The last lines of every container's log
	@$< $(VM) 'for stack in /opt/*/compose.yaml; do sudo docker compose --file $$stack logs --tail 20; done'

.lab/connect: $(VENV)/.ready ALWAYS
	@mkdir -p -m 0700 .lab
	@ansible-playbook playbooks/connect.yml > .lab/connect.log || { cat .lab/connect.log; exit 1; }

test: $(VENV)/.ready ## Lint, unit tests, the whole site and a browser: what each change must pass
	python tests/run.py

lint: $(VENV)/.ready ## Look at every file with the linter of its language
	python tests/run.py lint

unit: $(VENV)/.ready ## The applications', modules' and tools' own tests
	python tests/run.py unit

molecule: $(VENV)/.ready ## Molecule's scenarios, on VMs of their own
	python tests/run.py engine site scenarios

test-cluster test-long: export MOLECULE_CLUSTER_TESTS = whole or not whole
test-cluster: $(VENV)/.ready ## All that can happen to a cluster, on VMs of its own: half an hour
	python tests/run.py cluster

test-long: $(VENV)/.ready ## What make test leaves out: other machines, other people's code, the cluster
	python tests/run.py machines scenarios cluster

browser: $(VENV)/.ready ## Use a running lab's page in a real browser
	python tests/run.py browser

clean: DOWN_OPTIONS = --extra-vars down_clean=true
clean: down ## Also remove the VM image, the virtual environment, and this lab's keys and passwords
	rm -rf $(VENV)

$(VENV)/.ready: requirements.txt | owner
	@$(PYTHON) -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo 'The lab needs Python 3.11 or later with venv: apt-get install python3-venv' >&2; exit 1; }
	@mkdir -p -m 700 .lab .lab/logs
	@echo 'Installing Ansible and its tools into $(VENV): about a minute, log in .lab/logs/venv.log'
	@{ $(PYTHON) -m venv --clear $(VENV) && $(VENV)/bin/pip install --disable-pip-version-check --no-compile \
	  --require-hashes --requirement requirements.txt; } > .lab/logs/venv.log 2>&1 || { \
	  tail -n 5 .lab/logs/venv.log >&2; echo 'The environment was not installed: the last lines of .lab/logs/venv.log are above.' >&2; exit 1; }
	touch $@

# Files of another account would stop the commands that come later.
owner:
	@if [ "$$(id -u)" = 0 ] && [ "$${SUDO_UID:-0}" != 0 ] && [ ! -O Makefile ]; then \
	  echo "This working copy belongs to $$(stat --format %U Makefile): run make without sudo, it asks for the password itself." >&2; exit 1; fi
	@for dir in .lab $(VENV); do if [ "$$(id -u)" != 0 ] && [ -e "$$dir" ] && [ ! -O "$$dir" ]; then \
	  echo "$$dir belongs to $$(stat --format %U "$$dir"), not to you: sudo chown -R $$(id -un): .lab $(VENV)" >&2; exit 1; fi; done

ALWAYS:

.PHONY: ALWAYS owner doctor help lab build deploy update rollback releases check check-hard prune report gallery demo-health demo-cache bench down shell status logs test lint unit molecule test-cluster test-long browser clean
