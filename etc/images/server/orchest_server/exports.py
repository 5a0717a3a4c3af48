"""Exports a notebook only in the offered formats.

Stock: a notebook's metadata can name any installed module, which is then imported.
Here: a name with a dot is refused.
Written for nbconvert 7.17.2 and jupyter_server 2.21.1.
"""

from jupyter_server.nbconvert import handlers as exports

get_exporter = exports.get_exporter


def get_exporter_by_name(*args, **kwargs):
    # Imported only here: it is slow.
    from nbconvert.exporters import base, script

    def named(name, *args, **kwargs):
        """Refuses the name of a module, which stock would import."""
        if "." in name:
            raise base.ExporterNameError(f"Unknown exporter `{name}`: a notebook can name those that are offered")
        return base.get_exporter(name, *args, **kwargs)

    script.get_exporter = named
    return get_exporter(*args, **kwargs)


def patch():
    exports.get_exporter = get_exporter_by_name
