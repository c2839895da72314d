"""The schema's mechanism: root fields, payloads, connections, nodes, the HTTP view."""
