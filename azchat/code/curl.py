"""curl in a POSIX shell: the request as it is, the reply as it comes."""

from azchat.code.program import ENDPOINT, KEY, Program, json_text


def write(program: Program) -> str:
    """Return the command; the body stands in a here-document, so nothing in it is expanded."""
    query = f"?api-version={program.api_version}" if program.api_version else ""
    body = json_text(program.sent, indent=2)
    bearer = "Bearer " if program.key_header == "Authorization" else ""
    headers = ["content-type: application/json", f"{program.key_header.lower()}: {bearer}${KEY}"]
    headers += [f"{name}: {value}" for name, value in program.headers.items()]
    if program.passes_extras and program.extras:
        headers.append("extra-parameters: pass-through")
    flags = "--silent --show-error --fail-with-body" + (" --no-buffer" if program.streams else "")
    lines = [
        f'# export {ENDPOINT}="{program.base}" {KEY}="its key"',
        "",
        f'curl {flags} "${ENDPOINT}{program.operation}{query}" \\',
        *(f'  -H "{header}" \\' for header in headers),
    ]
    return "\n".join([*lines, "  --data-binary @- <<'JSON'", body, "JSON", ""])
