from typing import NamedTuple
class CodeOptions(NamedTuple):
    lang: str
    sdk: str
    stream: bool=False
