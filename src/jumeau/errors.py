"""Every error jumeau raises on purpose.

JumeauError
├── InputError              something a user gave: a file, a row, a field, an option
│   ├── HostileFileError    a file refused for safety: size, zip bomb, entity, path
│   └── MappingError        columns that cannot be understood
├── NotFoundError           a code, layer, asset, commit or branch that is not there
├── RightsError             the actor may not see or do this
├── StoreError              the twin's memory
│   ├── ConflictError       somebody wrote in between
│   └── CorruptError        damaged data, named
├── RuleError               a rule file or a condition that cannot be applied
├── EngineError             a table an engine cannot work on
├── SolverError             the optimiser did not give a plan
│   └── InfeasibleError     constraints that cannot hold together
└── SetupError              an optional part that is not installed

Each message is French, comes from `texts/` and says what happened, where, and what to do next.
"""

from jumeau.texts import t


class JumeauError(Exception):
    """Base of all errors. `key` names the text; `where` holds the file, row, field, asset or rule concerned."""

    def __init__(self, key: str, /, **where: object) -> None:
        self.key = key
        self.where = where
        super().__init__(t(key, **where))

    def __reduce__(self) -> tuple[object, ...]:
        """An error crosses to another process whole."""
        return _again, (type(self), self.key, self.where)


def _again(kind: type[JumeauError], key: str, where: dict[str, object]) -> JumeauError:
    return kind(key, **where)


class InputError(JumeauError):
    """Something a user gave cannot be used."""


class HostileFileError(InputError):
    """A file is refused for safety."""


class MappingError(InputError):
    """Columns cannot be matched to the field dictionary."""


class NotFoundError(JumeauError):
    """The thing asked for does not exist."""


class RightsError(JumeauError):
    """The actor has no right to see or do this."""


class StoreError(JumeauError):
    """The twin's memory cannot answer."""


class ConflictError(StoreError):
    """Another write came first."""


class CorruptError(StoreError):
    """Stored data are damaged."""


class RuleError(JumeauError):
    """A rule cannot be read or applied."""


class EngineError(JumeauError):
    """An engine was given a table it cannot work on."""


class SolverError(JumeauError):
    """The optimiser stopped without a plan that can be trusted."""


class InfeasibleError(SolverError):
    """No plan satisfies the constraints."""


class SetupError(JumeauError):
    """An optional component is missing on this machine."""
