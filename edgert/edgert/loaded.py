"""The short form of a session: ``edgert.load("model.edgert").run(x)``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from edgert.errors import InputError
from edgert.session import InferenceSession

if TYPE_CHECKING:
    import os

    import numpy.typing as npt


class LoadedModel:
    """The short form of a session: arrays in, arrays out."""

    def __init__(self, session: InferenceSession) -> None:
        self.session = session

    def run(self, inputs: npt.ArrayLike | Mapping[str, npt.ArrayLike]) -> Any:
        """Runs once.

        inputs: the array, where the model has one input, or a dict of arrays by name.

        Returns the array, where the model has one output, or else a dict of arrays by name.
        Raises InputError where a name, shape or element type is wrong.
        """
        if not isinstance(inputs, Mapping):
            ports = self.session.get_inputs()
            if len(ports) != 1:
                raise InputError(
                    f"the model has {len(ports)} inputs: give a dict of arrays; "
                    f"inputs: {', '.join(port.described() for port in ports) or 'none'}"
                )
            inputs = {ports[0].name: inputs}
        outputs = self.session.run(None, inputs)
        if len(outputs) == 1:
            return outputs[0]
        return dict(zip((port.name for port in self.session.get_outputs()), outputs))

    __call__ = run


def load(bundle: str | os.PathLike[str] | bytes, num_threads: int | None = None) -> LoadedModel:
    """Loads a bundle, a path or bytes: ``edgert.load("model.edgert").run(x)``.

    Raises BundleError where it is missing, damaged or made for another runtime.
    """
    return LoadedModel(InferenceSession(bundle, num_threads))
