"""What is to be said of an imported tool: what was done, and what is left to somebody."""

from __future__ import annotations

from registry.importing.imported_tool import ImportNote

from .entry import Entry
from .script_facts import ScriptFacts
from .surroundings import list_obstacles


def list_notes(facts: ScriptFacts, entry: Entry) -> list[ImportNote]:
    """Everything about the tool of an entry; what is open keeps it a draft."""
    third_party, environment = facts.third_party, facts.environment
    notes = [ImportNote("done", _called(entry, facts))]
    if third_party.requirements:
        notes.append(ImportNote("done", f"it needs {', '.join(third_party.requirements)}"))
    for module in third_party.unknown:
        notes.append(
            ImportNote("open", f"it imports {module}, which nobody is known to bring: name it in runtime.dependencies")
        )
    for module in third_party.optional:
        notes.append(ImportNote("done", f"it does without {module}, which is not installed"))
    for secret in environment.secrets:
        notes.append(ImportNote("open", f"it needs the secret {secret}: whoever runs the service grants it"))
    for name in environment.unfit:
        notes.append(ImportNote("open", f"it reads {name} from its environment, which no secret can be named"))
    if environment.kept:
        notes.append(
            ImportNote("done", f"of its environment, {', '.join(environment.kept)} keep the script's defaults")
        )
    if environment.unknown:
        notes.append(ImportNote("open", "it reads variables of its environment whose names only a run can tell"))
    if facts.own.files:
        notes.append(ImportNote("done", f"it brings {', '.join(sorted(facts.own.files))}"))
    if facts.data.files:
        notes.append(ImportNote("done", f"it brings the data of {', '.join(sorted(facts.data.files))}"))
    missing = [
        f"it reads {name}, which is not beside it: put it into the tool's folder" for name in facts.missing_files
    ]
    notes += [ImportNote("open", text) for text in (*missing, *facts.own.unread, *facts.data.open)]
    notes += [ImportNote("open", text) for text in list_obstacles(facts.all_names)]
    return notes


def _called(entry: Entry, facts: ScriptFacts) -> str:
    script = facts.source.path.name
    if entry.kind == "program":
        words = " ".join(entry.command.words)
        return f"{script} is run as a program{f', with {words}' if words else ''}"
    function = entry.function.name if entry.function is not None else ""
    return f"{f'{entry.cls}.' if entry.cls else ''}{function} of {script} is called"
