"""Drivers that are called inside of a function which is differentiated: each has a rule.

The rule's forward mode is the `jvp` of the driver, its reverse mode the `vjp`; both are drivers
again.
"""

from numba.core import types

from ..custom import CustomRule
from ..jit.fingerprint import fingerprint
from ..jit.generated import ByTypes, execute
from ..modes.results import holds_floats
from ..numbers.arrays import copy_of


class Rule(ByTypes):
    """A part of a driver's rule, whose source is written when the types of arguments are known.

    Parameters
    ----------
    driver : Driver
    name : str
        The part's: "jvp", "fwd" or "bwd".
    make : callable
        Makes a driver: ``make(kind, f, argnums, mode)``.
    """

    def __init__(self, driver, name, make):
        self.driver, self.part, self.make = driver, name, make
        source = f"def {name}({_PARTS[name][0](driver)}):\n    raise NotImplementedError\n"
        stub = execute(name, None, source, {}, driver.__name__)[0]
        super().__init__(stub, {"nopython": True, "boundscheck": None})

    def implementation(self, argument_types):
        parameters, lines = _PARTS[self.part]
        source, namespace = lines(self, *argument_types)
        source = f"def {self.part}({parameters(self.driver)}):\n    " + "\n    ".join(source)
        return execute(
            self.part, fingerprint(self), source + "\n", namespace, self.driver.__name__
        )[0]

    def identity(self):
        return (self.driver, self.part)

    def derivative(self, kind, argument_types):
        """Return the driver's derivative by all arguments that hold floats; their positions."""
        moving = tuple(k for k, t in enumerate(argument_types) if holds_floats(t))
        return self.make(kind, self.driver, moving, "auto"), moving


def rule_of_driver(driver, make):
    """Return the `CustomRule` of a driver."""
    return CustomRule(driver, *(Rule(driver, part, make) for part in _PARTS))


def _named(driver):
    return ", ".join(driver.parts.parameters)


def _jvp(rule, primals, tangents):
    still = [t if d != types.none else d for t, d in zip(primals, tangents, strict=True)]
    driver, moving = rule.derivative("jvp", still)
    given = [f"primals[{k}]" for k in range(len(primals))] + [f"tangents[{k}]" for k in moving]
    return [f"return jvp_({', '.join(given)})"], {"jvp_": driver}


def _fwd(rule, *argument_types):
    names = rule.driver.parts.parameters
    kept = [
        f"copy_of_({p})" if isinstance(t, types.Array) else p
        for p, t in zip(names, argument_types, strict=True)
    ]
    lines = [f"return driver_({', '.join(names)}), ({', '.join(kept)},)"]
    return lines, {"driver_": rule.driver, "copy_of_": copy_of}


def _bwd(rule, residuals, cotangent):
    driver, moving = rule.derivative("vjp", residuals)
    given = [f"residuals[{k}]" for k in range(len(residuals))]
    bars = ["None"] * len(residuals)
    for place, k in enumerate(moving):
        bars[k] = f"bars_[{place}]"
    lines = [f"bars_ = vjp_({', '.join(given)}, cotangent)[1]", f"return ({', '.join(bars)},)"]
    return lines, {"vjp_": driver}


_PARTS = {
    "jvp": (lambda driver: "primals, tangents", _jvp),
    "fwd": (_named, _fwd),
    "bwd": (lambda driver: "residuals, cotangent", _bwd),
}
