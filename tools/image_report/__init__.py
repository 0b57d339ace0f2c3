"""Pages about a lab's images, layer by layer: `make report`.

`collect` runs on each VM, `model` puts together what it printed, `redact` takes passwords out of
it, and `page` draws it.
"""
