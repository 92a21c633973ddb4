"""curl in a POSIX shell: the request as it is, the reply as it comes."""

from azchat.code.program import KEY, Program, json_text, written


def write(program: Program) -> str:
    """Return the command; the body stands in a here-document, so nothing in it is expanded."""
    bearer = "Bearer " if program.key_header == "Authorization" else ""
    key = f"{program.key_header.lower()}: {bearer}${KEY}"
    passes = program.passes_extras and program.extras
    return written(
        "curl/base",
        program,
        query=f"?api-version={program.api_version}" if program.api_version else "",
        signed="authorization: Bearer $token" if program.scope else key,
        headers={**program.headers, **({"extra-parameters": "pass-through"} if passes else {})},
        body=json_text(program.sent, indent=2),
        functions=(),
    )
