"""Documentation that the modules share which ask a registry."""


class ModuleDocFragment:
    """The options of C(module_utils/registry.py)."""

    DOCUMENTATION = """
options:
  registry:
    description: Host and port.
    type: str
    required: true
  username:
    description: Account of the registry.
    type: str
  password:
    description: Its password.
    type: str
  ca_path:
    description: Certificate of the authority that signed the registry's certificate.
    type: path
"""
