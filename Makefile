SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV ?= .venv
INVENTORY ?= inventory/lab
VM ?= lab1
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
export ANSIBLE_INVENTORY := $(INVENTORY)

help: ## List what you can ask for
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

lab: $(VENV)/.ready ## Start the whole lab, or heal it
	ansible-playbook site.yml

check: $(VENV)/.ready ## See whether a running lab is as it must be, changing nothing
	ansible-playbook playbooks/check.yml

check-hard: $(VENV)/.ready ## Check a running lab by attacking it, too: takes minutes
	ansible-playbook playbooks/check.yml --extra-vars check_intrusive=true

down: $(VENV)/.ready ## Remove the lab's VMs with all that is in them (CONFIRM=yes: do not ask)
	ansible-playbook playbooks/down.yml $(if $(CONFIRM),--extra-vars down_confirm=$(CONFIRM))

report: $(VENV)/.ready ## Write a page about every image, layer by layer
	ansible-playbook playbooks/report.yml

gallery: $(VENV)/.ready ## Draw the wall of a hundred monsters anew, for the README
	cd apps/dnmonster && python -m dnmonster.gallery ../../docs/images/monsters.png

demo-health: $(VENV)/.ready ## See a container turn unhealthy and back
	ansible-playbook playbooks/demo_healthcheck.yml

demo-cache: $(VENV)/.ready ## See what a rebuild takes from the cache
	ansible-playbook playbooks/demo_cache.yml

bench: ## Measure identidock against the lesson's own code, on the VM (BENCH='--pairs 1')
	bench/speed.sh $(VM) $(BENCH)

shell: ## A shell on the VM (VM=lab1), as the user lab
	docker exec --interactive --tty $(VM) su --login lab

status: ## How the VM's containers fare
	docker exec $(VM) docker ps --all --format 'table {{.Names}}\t{{.Status}}\t{{.Ports}}'

logs: ## The last lines of every container's log
	docker exec $(VM) sh -c 'for stack in /opt/*/compose.yaml; do docker compose --file $$stack logs --tail 20; done'

test: $(VENV)/.ready ## Lint, unit tests, Molecule scenarios and a browser: all of CI
	python tests/run.py

lint: $(VENV)/.ready ## Look at every file with the linter of its language
	python tests/run.py lint

unit: $(VENV)/.ready ## The applications' and modules' own tests
	python tests/run.py unit

molecule: $(VENV)/.ready ## Molecule's scenarios, on a VM of their own
	python tests/run.py molecule

browser: $(VENV)/.ready ## Use a running lab's page in a real browser
	python tests/run.py browser

clean: down ## Also remove the VM image, the virtual environment and all generated secrets
	docker image ls --quiet --filter reference=identidock-lab-vm | xargs --no-run-if-empty docker image rm --force
	rm -rf $(VENV) .lab

$(VENV)/.ready: requirements.txt
	@$(PYTHON) -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo 'The lab needs Python 3.11 or later with venv: apt-get install python3-venv' >&2; exit 1; }
	@mkdir -p -m 700 .lab .lab/logs
	@echo 'Installing Ansible and its tools into $(VENV): about a minute, log in .lab/logs/venv.log'
	@{ $(PYTHON) -m venv --clear $(VENV) && $(VENV)/bin/pip install --disable-pip-version-check \
	  --require-hashes --requirement requirements.txt; } > .lab/logs/venv.log 2>&1 || { \
	  tail -n 5 .lab/logs/venv.log >&2; echo 'The environment was not installed: the last lines of .lab/logs/venv.log are above.' >&2; exit 1; }
	touch $@

.PHONY: help lab check check-hard report gallery demo-health demo-cache bench down shell status logs test lint unit molecule browser clean
