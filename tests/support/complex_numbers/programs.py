# ruff: noqa: B905 (zip as people write it)
"""Functions of real arguments and results that compute with complex numbers, as people write them.

Each is plain Python that Numba compiles; `PROGRAMS` has the arguments of each, and what it is
differentiated by is the first.
"""

import cmath
import math

import numpy as np
from numba import njit

PROGRAMS = {}


def program(*arguments):
    def add(f):
        PROGRAMS[f.__name__] = (f, arguments)
        return f

    return add


X = np.array([0.7, -0.4, 1.3, 0.2])


@program(X)
def spectrum(x):
    """A discrete Fourier transform by hand."""
    n = len(x)
    power = np.zeros(n)
    for k in range(n):
        s = 0.0
        for j in range(n):
            s += x[j] * np.exp(-2j * np.pi * j * k / n)
        power[k] = abs(s) ** 2
    total = 0.0
    for k in range(n):
        total += (k + 1) * math.log(1.0 + power[k])
    return total


@program(np.array([0.04, 1.5, 0.06, 0.4, -0.7]), 1.2)
def heston(p, t):
    """The characteristic function of Heston's model, integrated."""
    v0, kappa, theta, sigma, rho = p[0], p[1], p[2], p[3], p[4]
    price = 0.0
    for i in range(1, 6):
        u = 0.7 * i - 0.5j
        b = kappa - rho * sigma * 1j * u
        d = np.sqrt(b**2 + sigma**2 * (1j * u + u**2))
        g = (b - d) / (b + d)
        e = np.exp(-d * t)
        c = kappa * theta / sigma**2 * ((b - d) * t - 2.0 * np.log((1.0 - g * e) / (1.0 - g)))
        phi = np.exp(c + v0 / sigma**2 * (b - d) * (1.0 - e) / (1.0 - g * e))
        price += (phi * np.exp(-1j * u * 0.1) / (1j * u)).real
    return price


@program(np.array([-0.4, 0.55]), 20)
def mandelbrot(c, limit):
    """The smooth count of escape."""
    point = complex(c[0], c[1])
    z = 0j
    for n in range(limit):
        z = z * z + point
        if abs(z) > 2.0:
            return n + 1.0 - math.log(math.log(abs(z))) / math.log(2.0)
    return z.real + abs(z)


@program(np.array([0.5, 1.0, 2.0]), np.linspace(0.5, 4.0, 6))
def impedance(p, omegas):
    """A series circuit beside a resistor: magnitudes and phases."""
    r, inductance, capacity = p[0], p[1], p[2]
    s = 0.0
    for w in omegas:
        z = r + 1j * w * inductance + 1 / (1j * w * capacity)
        z = z * 3 / (z + 3)
        s += np.log10(np.abs(z)) + 0.1 * np.angle(z) + cmath.phase(1 / z)
    return s


@program(np.array([0.3, 1.2]), 8, 0.05)
def schroedinger(p, n, dt):
    """Steps of a split propagation on a grid, with a matrix in the place of the transform."""
    x = np.linspace(-1.0, 1.0, n)
    psi = np.exp(-((x - p[0]) ** 2) * 4.0) * np.exp(1j * p[1] * x)
    norm = np.sqrt(np.sum(np.abs(psi) ** 2))
    psi = psi / norm
    half = np.exp(-0.5j * dt * (x * x * p[1]))
    hop = np.zeros((n, n), dtype=np.complex128)
    for i in range(n):
        hop[i, i] = 1.0 - 2j * dt
        if i > 0:
            hop[i, i - 1] = 1j * dt * p[0]
            hop[i - 1, i] = hop[i, i - 1]
    for _ in range(3):
        psi *= half
        psi = hop @ psi
        psi *= half
    density = psi.real**2 + psi.imag**2
    return np.sum(x * density) + np.vdot(psi, psi).real


@njit
def quadratic(a, b, c):
    root = np.sqrt(complex(b * b - 4.0 * a * c))
    return (-b + root) / (2.0 * a), (-b - root) / (2.0 * a)


@program(np.array([1.0, 0.5, 2.0]))
def roots(x):
    """A helper that returns two complex numbers."""
    first, second = quadratic(x[0], x[1], x[2])
    pair = quadratic(x[1], x[0], x[2] + 0.1)
    return first.imag * abs(second) + (first * second).real + (pair[0] - pair[1]).imag


@program(np.array([0.1, 2.0, -0.3]), np.linspace(0.0, 2.0, 5))
def oscillator(p, t):
    """Damped, by a complex frequency that is real or imaginary as it comes."""
    s = 0.0
    for k in range(len(t)):
        for stiffness in (p[1], p[2]):
            omega = cmath.sqrt(stiffness - p[0] ** 2 + 0j)
            amplitude = cmath.exp(1j * omega * t[k] - p[0] * t[k])
            s += amplitude.real + 0.1 * (amplitude * amplitude.conjugate()).real
    return s


@program(np.array([0.4, 0.9, -0.2]))
def polynomial(c):
    """Newton's method for a root in the complex plane."""
    z = 0.4 + 0.9j
    for _ in range(8):
        p, slope = 1.0 + 0j, 0j
        for k in range(3):
            slope = slope * z + p
            p = p * z + c[k]
        z -= p / slope
    return z.real + 2.0 * z.imag


@program(X, np.array([1.0, 1j, -0.5 + 0.2j, 0.3]), 0.3 - 1.1j)
def data(x, weights, shift):
    """Complex arguments that are data: an array, and a number."""
    s = 0j
    for k in range(x.size):
        s += weights[k] * x[k] ** 2 + shift
    for w in weights:
        s *= 1.0 + 0.1 * w
    for k, w in enumerate(weights[1:]):
        s += x[k] * np.conj(w)
    for w, v in zip(weights, x):
        s -= v * w**2
    return s.real * s.imag + np.sum((weights * x).imag) + weights.real[1] * x[0]


TABLE = np.exp(1j * np.arange(4.0))
UNIT = 0.5 + 0.25j


@program(X)
def globals_read(x):
    """Constants of the module."""
    s = UNIT * x[0]
    for k in range(4):
        s += TABLE[k] * x[k] ** 3 / UNIT.conjugate()
    return abs(s) + np.abs(TABLE * x).sum() + UNIT.imag * x[1]


@njit
def rotate(z, angle=0.5j):
    z = z * np.exp(angle)
    return z


@njit
def fill(out, x):
    for k in range(len(x)):
        out[k] = complex(x[k], k)
        out[k] *= 1j
    out[0] += x[1]
    out[1:] -= 2.0
    return out[2]


@program(X)
def helpers(x):
    """Helpers that take, return and fill complex numbers and arrays."""
    z = np.empty(x.size, dtype=np.complex128)
    last = fill(z, x)
    w = rotate(last) + rotate(z[0], x[3]) + rotate(angle=1j * x[2], z=x[0] + 1j)
    z[1] = w
    return (z * z).sum().real + np.abs(z).max() * w.imag


@program(X)
def whole_arrays(x):
    """Arithmetic, functions and reductions of whole arrays."""
    z = x + 1j * x[::-1]
    w = np.exp(z) / (1.0 + z) - z**2 + np.sqrt(z) * np.conj(z)
    w = np.where(x > 0.0, w, 2.0 * z)
    u = np.zeros_like(w)
    u[1:3] = w[:2]
    u[0] = -z[3]
    u += 0.5 * w
    u /= 2.0 - 1j
    v = np.log(u) + np.sin(z) - np.cosh(w * 0.1) + 1.0 / z + np.square(u) + z**1.5
    m = np.outer(u, z).reshape(2, 8)
    total = v.sum() + np.mean(w) + np.dot(u, z) + np.trace(m) + np.sum(m.T[1])
    return total.real + total.imag**2 + np.linalg.norm(u) + u.real.sum() * u[2].imag


@program(X)
def parts_written(x):
    """Views of the parts, copies, and constructors."""
    z = np.zeros((2, 2), np.complex128)
    z.real[0, 0] = x[0]
    z[0] = x[:2]
    z.imag[1] = x[2:]
    y = z.copy()
    y[1, 1] = 3.0
    z[:, 1] = y[0] * 1j
    w = np.array([z[0, 0], x[3], 1j]) + np.full(3, x[1] * 1j) + np.ones(3, dtype=np.complex128)
    a = x.astype(np.complex128)
    a[0] = 1j
    total = 0j
    for i, j in np.ndindex(z.shape):
        total += z[i, j] * (i + 1j * j)
    return abs(total) + (w * w).imag.sum() + (y.conjugate() * z).real.sum() + (a * a).real.sum()


@program(X)
def real_first(x):
    """Variables that are real or whole first, complex later, and real again."""
    s, n = 0, 0.0
    z = x[0]
    y = z * 2.0
    for k in range(3):
        s += x[k]
        s = s * 1j if k else s
        n = n + s * s
    z = z + 1j
    z = abs(z) + y
    z += 1.0
    return z * abs(s) + n.real + math.sqrt(y)


@program(np.array([0.6, 0.8]))
def chosen(x):
    """Comparisons, conditional expressions, early exits."""
    z = complex(x[0], x[1])
    w = z if x[0] > 0.5 else x[1]
    if z == w and z != 0:
        w *= z
    k = 0
    while w.real < 3.0 and abs(w) < 9.0:
        w += z * (1 if k % 2 else 1j)
        k += 1
    u = w if w.imag < 0 else -w
    a, b = u, z
    a, b = b, a * 2
    a = b = a + b
    return a.real * b.imag + abs(u)


@program(np.array([0.6, 0.8]))
def elementary(x):
    """All elementary functions."""
    z = complex(x[0], x[1])
    s = cmath.exp(z) + cmath.log(z) + cmath.log10(z) + cmath.sqrt(z) + cmath.sin(z)
    s += cmath.cos(z) + cmath.tan(z) + cmath.sinh(z) + cmath.cosh(z) + cmath.tanh(z)
    s += cmath.acos(z) + cmath.asin(z) + cmath.atan(z)
    s += cmath.acosh(z) + cmath.asinh(z) + cmath.atanh(z)
    s += cmath.rect(x[0], x[1]) + z**3 + z**-1 + z**0.3 + z**z + 2**z + x[0] ** z + z ** x[1]
    r, phi = cmath.polar(s)
    return s.real - s.imag + r * phi + np.real(z) * np.imag(s)


@program(np.array([0.9, -0.3, 0.2]), np.linspace(0.5, 3.0, 4))
def levy(p, u):
    """The logarithm of a characteristic function, of arrays."""
    drift, skew, width = p
    psi = 1j * drift * u - width**2 * np.abs(u) ** 1.5 * (1.0 - 1j * skew * np.sign(u))
    phi = np.exp(psi)
    return np.sum(phi.real * np.cos(u) + phi.imag * np.sin(u)) + np.sum(np.angle(phi))


@program(np.array([0.2, 0.5]))
def moebius(x):
    """A tuple that holds complex numbers, and a closure."""
    a, b = complex(1.0, x[0]), complex(x[1], 0.5)
    state = (a, b, 2.0)

    def apply(z, scale):
        return (a * z + b) / (scale - b.conjugate() * z)

    z = 0.1j
    for _ in range(3):
        z = apply(z, state[2])
        state = (state[1], state[0] + z, 1.5)
    return abs(z) + state[0].real * state[1].imag


@program(np.array([0.3, 0.7, 0.2]), np.array([0.1, 0.4, 0.9]))
def structure_factor(x, k):
    """A scattering sum with symmetric pairs."""
    total = 0.0
    for q in k:
        rho = complex(0.0)
        for i in range(len(x)):
            rho += cmath.rect(1.0, q * x[i])
        total += (rho * rho.conjugate()).real / len(x)
    return total


@program(np.array([0.5, -0.2, 0.1, 0.4]))
def bloch(h):
    """A unitary step of a spin, by 2 by 2 matrices."""
    state = np.zeros(2, dtype=np.complex128)
    state[0] = 1.0
    for step in range(2):
        u = np.empty((2, 2), dtype=np.complex128)
        c, s = math.cos(h[step]), math.sin(h[step])
        u[0, 0], u[1, 1] = c - 1j * s * h[2], c + 1j * s * h[2]
        u[0, 1] = -1j * s * (h[3] - 0.5j)
        u[1, 0] = -u[0, 1].conjugate()
        state = u @ state
    return abs(state[1]) ** 2 + (np.conj(state[0]) * state[1]).imag


@program(np.array([1.1, 0.3]))
def zeta(x):
    """A Dirichlet series: real numbers to complex powers."""
    s = complex(x[0] + 1.0, x[1])
    total = 0j
    for n in range(1, 7):
        total += n**-s + 1.0 / np.power(n + 0.5, s)
    return np.abs(total)


@program(np.array([1.0, 0.4, 0.9]), np.array([0.2, 1.1, 2.0, 2.9]), np.ones(4))
def phasor_fit(p, t, y):
    """A sum of squares; the amplitude is a complex number."""
    amplitude = complex(p[0], p[1])
    loss = 0.0
    for i in range(t.size):
        model = amplitude * np.exp(1j * p[2] * t[i])
        r = model.real - y[i]
        loss += r * r
    return loss


@program(np.array([[0.3, 0.8], [0.1, 0.6]]))
def rows(x):
    """Rows of a complex matrix, and a loop over them."""
    z = np.empty((2, 2), dtype=np.complex128)
    for i in range(2):
        for j in range(2):
            z[i, j] = x[i, j] + 1j * x[j, i] ** 2
    total = 1 + 0j
    for row in z:
        total *= row[0] + 2.0 * row[1]
    first = z[0]
    first[1] = total
    z[1] = z[1] * first
    return abs(z[1, 1]) + np.sum(np.abs(z - z.T))


@program(np.array([0.8, 0.25]))
def joukowski(p):
    """The flow about an aerofoil."""
    center = -0.1 + 0.1j * p[1]
    lift = 0.0
    for k in range(5):
        zeta_ = center + p[0] * 1.9 * np.exp(2j * np.pi * k / 5)
        w = zeta_ + 1.0 / zeta_
        velocity = (1.0 - (p[0] / (zeta_ - center)) ** 2 + 1j * p[1] / zeta_) / (1 - 1 / zeta_**2)
        lift += (w * velocity**2).imag
    return lift


@njit("complex128(complex128)")
def principal(z):
    return np.sqrt(z)


@njit
def either(x, flag):
    if flag:
        return x * 1j, 2.0
    return 0.0, x


@program(X, 0.5)
def conversions(x, start):
    """Numbers that become complex: an argument, a signature, the parts of a returned tuple."""
    for k in range(3):
        start += x[k] * 1j
    s = principal(x[1]) + start
    for flag in (True, False):
        a, b = either(x[0], flag)
        s += a * b
    w = x * (1.0 + 1j)
    sizes = [abs(z) for z in w]
    for z in np.exp(w) / w:
        s += z
    s *= sum(sizes)
    return s.real + s.imag


@program(X)
def memory(x):
    """What is a copy of an array, and what is the array itself."""
    z = x + 0j
    y = z - 0.0
    y[0] = 1j * x[1]
    w = np.conj(z)
    w[1] = 2.0
    v = +z
    v[2] *= 1j
    u = np.ascontiguousarray(z)
    u[3] = x[0] * 2j
    t = z.ravel()
    t[2] += 1.0
    z.imag[0] = x[3]
    both = np.concatenate((z[:2], w, y))
    masked = both[both.real > 0.3]
    both[both.real < 0.0] = 1j
    return (both * both).sum().imag + (both.sum() * v[2]).real + abs(masked.sum()) + x.real[0]


@program(X)
def places(x):
    """Indices that read the array that is written into."""
    z = x * (2.0 + 1j)
    k = np.array([2, 0, 1, 3])
    z[int(abs(z[0]))] = 1j * x[2]
    z[int(z.real[3] + 1.0)] += x[0]
    z[k[1]] *= z[k[0]]
    z[z.real < 0.0] = x[1] * 1j
    z[min(3, len(z)) - 1] -= 0.5j
    return abs(z.sum()) + (z * z).real.sum()
