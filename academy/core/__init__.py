"""The pure core: values in, values out. No Flask, SQL, files, clock or chance."""
