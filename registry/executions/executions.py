"""The one path from a call to the runner and back, waited for or not.

=========== ================================================ ==========================================================
state       what happens                                     what is raised here
=========== ================================================ ==========================================================
made        arguments are checked, secrets are handed over   is the caller's: nothing runs, nothing is on record
pending     only unattended: it waits for a sandbox          is written as its end: it did not run
running     ``starting`` has put it on record; the tool runs is logged, and its end is ``interrupted``
ended       the result is checked, the outcome is written    the same; an outcome that cannot be written now is owed
                                                             (:mod:`.live_log`) and written as soon as that is possible
=========== ================================================ ==========================================================

So what has been on record once gets exactly one end, and the caller is told that very one.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from registry.audit import Audit, Execution, Intent, Mark
from registry.catalog import Catalog
from registry.errors import NotFound, NotInvocable, TooBusy, Unavailable
from registry.json_text import dumps
from registry.log import log
from registry.model import Coercion
from registry.secrets import GrantedSecrets, Secrets
from runner import AllPlacesTaken, EngineUnavailable, ImageNotReady, Job, Outcome, Runner, SandboxUnavailable

from .call_arguments import Call, TakenArguments, check_arguments, refuse_not_invocable
from .execution_outcome import describe_end, describe_not_run, describe_unknown_end, find_returns_validator
from .live_log import Attendant, Heard
from .recorded_arguments import make_recorded_arguments
from .trial_catalog import refuse_untriable

T = TypeVar("T")

_BUSY_RETRY_SECONDS = 1
_UNAVAILABLE_RETRY_SECONDS = 5
_CLOSE_SECONDS = 15.0
_NO_ENGINE = f"The engine does not answer. Nothing ran; try again in {_UNAVAILABLE_RETRY_SECONDS} s."
"""What a caller can use, a model say. Why, and what to do about it, is for who runs the service: the log tells them."""
_FAULT = "a fault of the service, see its log"
_BUILDING = "the image with the tool's dependencies is being built"


class _CancelledBeforeItRan(Exception):
    """Raised where the run would begin."""


class Executions:
    """Runs tools through a runner, on the record of an audit. ``most`` executions run or wait unattended at once.

    ``coercion`` is how arguments are taken where a tool does not say it itself.
    """

    def __init__(
        self, audit: Audit, runner: Runner, secrets: Secrets, *, most: int = 100, coercion: Coercion = "lossless"
    ) -> None:
        self._audit = audit
        self._runner = runner
        self._secrets = secrets
        self._coercion = coercion
        self._waited_for: set[str] = set()
        self._abandoned: set[str] = set()
        self._attendant = Attendant(audit, runner.cancel)
        self._unattended = threading.BoundedSemaphore(most)
        self._threads: set[threading.Thread] = set()

    def invoke(
        self,
        catalog: Catalog,
        call: Call,
        gone: Callable[[], bool] = lambda: False,
        heard: Heard | None = None,
    ) -> Execution:
        """Run the tool to its end and say how it ended: a failing tool is a result, not an exception.

        ``gone`` tells whether the caller has left already; ``heard`` is told what the tool prints, as it does, from
        another thread and without secrets.

        Raises NotInvocable, InputRefused (every fault of the arguments), SecretMissing, TooBusy or Unavailable; then
        nothing ran.
        """
        made = self._made(catalog, call)
        intent = made.intent

        def starting() -> None:
            if intent.id in self._abandoned or gone():
                raise _CancelledBeforeItRan
            self._audit.begin(intent)

        began = time.time()
        self._waited_for.add(intent.id)
        try:
            end = self._end_of_run(catalog, call, made, starting, heard)
        except _CancelledBeforeItRan:
            raise Unavailable("the caller left before the tool ran", _BUSY_RETRY_SECONDS) from None
        finally:
            self._waited_for.discard(intent.id)
            self._abandoned.discard(intent.id)
        end = self._record_end(intent.id, end)
        asked = {name: getattr(intent, name) for name in Intent.__dataclass_fields__}
        return Execution(**asked, **end, created_at=began, ended_at=time.time())

    def begin(self, catalog: Catalog, call: Call) -> Execution:
        """Put the call on record as pending and come back at once; it runs, and ends on record, by itself.

        Raises NotInvocable, InputRefused, SecretMissing, TooBusy or Unavailable; then it is not on record and nothing
        runs.
        """
        made = self._made(catalog, call)
        intent = made.intent
        health = self._runner.health()
        if health.away:
            raise Unavailable(_NO_ENGINE, _UNAVAILABLE_RETRY_SECONDS)
        refusal = health.refusal(network=call.tool.manifest.runtime.network)
        if refusal and not health.late:
            raise Unavailable(refusal, _UNAVAILABLE_RETRY_SECONDS)
        if call.tool.image is not None and call.tool.image.state == "building":
            raise Unavailable(_BUILDING, _UNAVAILABLE_RETRY_SECONDS)
        if not self._unattended.acquire(blocking=False):
            raise TooBusy("as many executions run or wait as may", _BUSY_RETRY_SECONDS)
        try:
            self._audit.begin(intent, "pending")
            # Not a pool of the standard library: the interpreter would wait for its threads before it lets us end them.
            thread = threading.Thread(
                target=self._run_unattended, args=(catalog, call, made), name=f"execution-{intent.id}", daemon=True
            )
            self._threads.add(thread)
            thread.start()
        except BaseException:
            self._unattended.release()
            raise
        return self.get(intent.id)

    def get(self, execution_id: str) -> Execution:
        """One execution with everything that is known of it now. Raises NotFound or Unavailable."""
        return _found(self._audit.get(execution_id), execution_id)

    def find_mark(self, execution_id: str) -> Mark:
        """How far an execution is, without reading what can be large. Raises NotFound or Unavailable."""
        return _found(self._audit.marks([execution_id]).get(execution_id), execution_id)

    def cancel(self, execution_id: str) -> Execution:
        """See that an execution ends, whichever process runs it; one that has ended stays as it is.

        Raises NotFound or Unavailable.
        """
        self.get(execution_id)
        self._audit.request_cancel(execution_id)
        self._runner.cancel(execution_id)
        return self.get(execution_id)

    def abandon(self, execution_id: str) -> None:
        """The caller who waited for this execution has left: it need not run, or not any longer."""
        if execution_id in self._waited_for:
            self._abandoned.add(execution_id)
            self._runner.cancel(execution_id)

    def close(self) -> None:
        """Wait for the ends of what the runner has been told to end."""
        until = time.monotonic() + _CLOSE_SECONDS
        for thread in list(self._threads):
            thread.join(max(0.0, until - time.monotonic()))
        self._attendant.close()

    def _run_unattended(self, catalog: Catalog, call: Call, made: _Made) -> None:
        execution_id = call.execution_id

        def starting() -> None:
            if not self._audit.start(execution_id):
                raise _CancelledBeforeItRan

        try:
            end: Mapping[str, Any] = self._end_of_run(catalog, call, made, starting)
        except _CancelledBeforeItRan:
            end = describe_not_run("cancelled", "cancelled", "the execution was cancelled before the tool ran")
        except (NotInvocable, TooBusy, Unavailable) as error:
            end = describe_not_run("failed", "interrupted", f"the tool did not run: {error}")
        except Exception:
            log.exception("unattended execution failed", execution_id=execution_id)
            end = describe_unknown_end(f"the tool did not run: {_FAULT}")
        finally:
            self._unattended.release()
        self._record_end(execution_id, end)
        self._threads.discard(threading.current_thread())

    def _end_of_run(
        self, catalog: Catalog, call: Call, made: _Made, starting: Callable[[], None], heard: Heard | None = None
    ) -> Mapping[str, Any]:
        """Run the tool; how that ended, as the record wants it.

        What is raised before ``starting`` has come back is passed on. After that it is an end: the tool ran.
        """
        running = False

        def start() -> None:
            nonlocal running
            starting()
            running = True

        try:
            outcome = self._run(catalog, call, made, start, heard)
            returns = find_returns_validator(catalog, call.tool)
            entry = call.tool.checked.entry or "function"
            return describe_end(outcome, returns, made.handed.redactor, entry)
        except BaseException as error:
            if not running:
                raise
            log.exception("a run's end was lost", execution_id=call.execution_id)
            end = describe_unknown_end(f"the tool ran, and how it ended is not known: {_FAULT}")
            if isinstance(error, Exception):
                return end
            self._record_end(call.execution_id, end)  # this process is being ended
            raise

    def _run(
        self, catalog: Catalog, call: Call, made: _Made, starting: Callable[[], None], heard: Heard | None = None
    ) -> Outcome:
        live = self._attendant.attend(call.execution_id, made.handed.redactor, heard)
        try:
            return self._runner.run(_job(catalog, call, made), starting, live.hear)
        except AllPlacesTaken as error:
            raise TooBusy(str(error), _BUSY_RETRY_SECONDS) from error
        except ImageNotReady as error:
            if error.image.state == "failed":
                raise NotInvocable(str(error)) from error
            raise Unavailable(str(error), _UNAVAILABLE_RETRY_SECONDS) from error
        except EngineUnavailable as error:
            log.info("a call was refused", execution_id=call.execution_id, error=str(error))
            raise Unavailable(_NO_ENGINE, _UNAVAILABLE_RETRY_SECONDS) from error
        except SandboxUnavailable as error:
            raise Unavailable(str(error), _UNAVAILABLE_RETRY_SECONDS) from error
        finally:
            self._attendant.leave(call.execution_id)

    def _made(self, catalog: Catalog, call: Call) -> _Made:
        """Raises NotInvocable, InputRefused or SecretMissing."""
        refuse_not_invocable(call.tool, tried=call.tried)
        if call.tried and not call.trusted:
            refuse_untriable(call.tool)
        coercion = call.tool.manifest.arguments or self._coercion
        lossless = coercion == "lossless"
        taken = check_arguments(catalog, call.tool, call.arguments, call.allowed_work, lossless=lossless)
        text = dumps(taken.given)
        handed = self._secrets.handed(call.tool)
        return _Made(_intent(call, taken, len(text), handed), text, handed)

    def _record_end(self, execution_id: str, end: Mapping[str, Any]) -> Mapping[str, Any]:
        """Write an end; the one that is written, now or later.

        Never raises: the tool has run, and a caller who was refused the answer now would run it a second time.
        """
        unwritable = describe_unknown_end(f"the tool ran, and its outcome cannot be written: {_FAULT}")
        for one in (end, unwritable):
            try:
                if not self._audit.end(execution_id, **one):
                    log.warning("the record was closed before its execution ended", execution_id=execution_id)
            except Unavailable as error:
                log.exception("outcome not recorded yet", execution_id=execution_id, error=str(error))
                self._attendant.owe(execution_id, one)
            except Exception:
                log.exception("outcome cannot be recorded", execution_id=execution_id)
                continue
            return one
        self._attendant.owe(execution_id, unwritable)
        return unwritable


def _found(what: T | None, execution_id: str) -> T:
    if what is None:
        raise NotFound(f"there is no execution {execution_id[:100]!r}")
    return what


@dataclass(frozen=True, slots=True)
class _Made:
    """A call that may run: what goes on record, the arguments as the tool gets them, and its secrets."""

    intent: Intent
    arguments: bytes = field(repr=False)
    handed: GrantedSecrets


def _intent(call: Call, taken: TakenArguments, argument_bytes: int, handed: GrantedSecrets) -> Intent:
    tool, hide = call.tool, handed.redactor
    arguments, coerced = make_recorded_arguments(taken, tool.manifest.parameters, hide)
    return Intent(
        id=call.execution_id,
        tool=tool.name,
        version=tool.version,
        revision=tool.revision,
        digest=tool.digest,
        bundle=tool.bundle,
        arguments=arguments,
        argument_bytes=argument_bytes,
        coerced=coerced,
        caller_id=hide.json(call.caller_id),
        trace_id=hide.json(call.trace_id),
        request_id=hide.json(call.request_id),
        remote_address=call.remote_address,
        tried=call.tried,
    )


def _job(catalog: Catalog, call: Call, made: _Made) -> Job:
    tool, runtime = call.tool, call.tool.manifest.runtime
    assert tool.checked.entry is not None  # noqa: S101 -- a sound tool has an entry
    return Job(
        execution_id=call.execution_id,
        files=catalog.files_of(tool),
        entry=tool.checked.entry,
        arguments=made.arguments,
        timeout_seconds=min(float(runtime.timeout_seconds), call.timeout_seconds or float("inf")),
        whole_object=tool.checked.whole_object,
        memory_mb=runtime.memory_mb,
        network=runtime.network,
        secrets=made.handed.values,
        imports=tool.imports,
        dependencies=runtime.dependencies,
    )
