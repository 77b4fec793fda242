#!/usr/bin/python3
"""Renders templates as Home Assistant does: Jinja2 (Debian's python3-jinja2), with the variables that it gives to MQTT entities
(value, value_json, this) and to automations (trigger.payload_json), and its filter to_json.

Reads JSON lines {"template": ..., "payload": ..., "state": ...} and prints each result as a JSON text, one a line.
Run as: env -u PYTHONPATH /usr/bin/python3 render.py
"""
import json
import sys

from jinja2.sandbox import ImmutableSandboxedEnvironment

environment = ImmutableSandboxedEnvironment()
environment.filters["to_json"] = json.dumps
for line in sys.stdin:
    task = json.loads(line)
    try:
        value = json.loads(task["payload"])
    except ValueError:
        value = None
    print(json.dumps(environment.from_string(task["template"]).render(
        value=task["payload"], value_json=value, this={"state": task.get("state")}, trigger={"payload_json": value})))
