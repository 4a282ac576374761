"""Edits: changes to a tool's files, from the request to the commit or the proposal."""

from .edit_base import point_to_file
from .edits import CommittedEdit, Edits
from .package_edits import PackageEdits, PreparedPackageEdit
from .prepared_edit import EditSignature, PreparedEdit
from .proposals import Proposal, Proposer

__all__ = [
    "CommittedEdit",
    "EditSignature",
    "Edits",
    "PackageEdits",
    "PreparedEdit",
    "PreparedPackageEdit",
    "Proposal",
    "Proposer",
    "point_to_file",
]
