"""What schemathesis cannot know: who asks, which connection exists, and that no address leads off this machine."""

import os
import re

import schemathesis

ADMIN_KEY = os.environ["FUZZ_ADMIN_KEY"]
# The key of the environment has this id.
ADMIN_KEY_ID = "bootstrap"
WEBHOOK_TOKEN = os.environ["FUZZ_WEBHOOK_TOKEN"]
PBX_URL = os.environ["FUZZ_PBX_URL"]
PORTAL_URL = os.environ["FUZZ_PORTAL_URL"]
PORTAL_WEBHOOK_URL = os.environ["FUZZ_PORTAL_WEBHOOK_URL"]
CALL_ID = os.environ["FUZZ_CALL_ID"]

# The connection that is made, changed and removed all the time; everything below a connection is about `default`.
SPARE = "spare"
CONNECTION_ITSELF = "/api/v1/connections/{connection}"

PORTAL_CALLBACKS = "/webhooks/bitrix24/"

# Every field of a connection that names a place to call; the stand-ins are the only ones that may be named.
PLACES = {
    "baseUrl": PBX_URL,
    "url": PORTAL_WEBHOOK_URL,
    "portalUrl": PORTAL_URL,
    "tokenUrl": PORTAL_URL + "/oauth/token/",
    "sbcAddress": "127.0.0.1:5060",
    "folder": "/nonexistent",
}


@schemathesis.hook
def before_call(context, case, kwargs):
    path = case.operation.path
    headers = case.headers if case.headers is not None else {}
    if path.startswith("/webhooks/3cx"):
        headers["X-Webhook-Token"] = WEBHOOK_TOKEN
    elif path.startswith("/api/v1") or path == "/codec/decode":
        headers["Authorization"] = f"Bearer {ADMIN_KEY}"
    case.headers = headers
    name_what_exists(path, case.path_parameters)
    stay_at_home(case.body)


def name_what_exists(path, parameters):
    """A name that could be one becomes one that is; names that cannot be stay as they are, to be refused."""
    if not parameters:
        return
    connection = parameters.get("connection")
    if isinstance(connection, str) and re.fullmatch(r"[a-z0-9][a-z0-9-]{0,31}", connection):
        parameters["connection"] = connection_for(path)
    call_id = parameters.get("callId")
    if isinstance(call_id, str) and len(call_id) % 2 == 1:
        parameters["callId"] = CALL_ID
    # Without its key the rest of the run would only see 401.
    if parameters.get("id") == ADMIN_KEY_ID:
        parameters["id"] = "nobody"


def connection_for(path):
    if path == CONNECTION_ITSELF:
        return SPARE
    return "application" if path.startswith(PORTAL_CALLBACKS) else "default"


def stay_at_home(node):
    if isinstance(node, dict):
        for name, value in node.items():
            if name in PLACES and isinstance(value, str) and value != "":
                node[name] = PLACES[name]
            elif name == "timeZone" and isinstance(value, str) and len(value) % 2 == 1:
                node[name] = "Europe/Moscow"
            else:
                stay_at_home(value)
    elif isinstance(node, list):
        for item in node:
            stay_at_home(item)
