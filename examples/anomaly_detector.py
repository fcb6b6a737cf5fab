"""Detect anomalies in a stream: a loop that Numba compiles as a whole, density included.

A mixture is fitted to readings of four sensors of a machine that has three ways of working.
The alarm level is the log density that one normal reading in a thousand falls below. The
detector then scans a stream, one reading after the other: `fastgmm.log_density` is called
from the compiled loop itself, so nothing returns to Python and nothing is allocated.

    python examples/anomaly_detector.py
"""

import numpy as np
from numba import njit

from fastgmm import GaussianMixture, log_density

N_SENSORS = 4


def simulate(n_readings, anomaly_rate, seed):
    """Return readings (n, 4) and whether each is an anomaly (n,).

    A normal reading is one of three states with correlated noise. In an anomaly one sensor
    is off by three to eight units: often to a value that is common in another state, and odd
    only beside the other sensors.
    """
    rng = np.random.default_rng(seed)
    states = np.array([[0.0, 0.0, 0.0, 0.0], [4.0, 2.0, -3.0, 1.0], [-3.0, 5.0, 2.0, -2.0]])
    mixing = np.random.default_rng(0).normal(size=(3, N_SENSORS, N_SENSORS)) * 0.4
    state = rng.choice(3, size=n_readings, p=[0.5, 0.3, 0.2])
    noise = rng.normal(size=(n_readings, N_SENSORS))
    readings = states[state] + np.einsum("nij,nj->ni", mixing[state], noise)
    readings += 0.2 * rng.normal(size=readings.shape)
    is_anomaly = rng.random(n_readings) < anomaly_rate
    rows = np.flatnonzero(is_anomaly)
    sensor = rng.integers(N_SENSORS, size=rows.size)
    readings[rows, sensor] += rng.choice([-1, 1], rows.size) * rng.uniform(3, 8, rows.size)
    return readings, is_anomaly


@njit
def alarm_level(readings, mixture, false_alarm_rate):
    """Return the log density that a share `false_alarm_rate` of the readings is below."""
    scores = np.empty(len(readings))
    for i in range(len(readings)):
        scores[i] = log_density(readings[i], mixture)
    return np.quantile(scores, false_alarm_rate)


@njit
def scan(stream, mixture, level, alarms):
    """Mark the readings less likely than the alarm level, and return how many they are."""
    n_alarms = 0
    for i in range(len(stream)):
        alarms[i] = log_density(stream[i], mixture) < level
        n_alarms += alarms[i]
    return n_alarms


def main(n_train=20_000, n_stream=200_000):
    """Learn, scan, and return the precision and the recall."""
    training, _ = simulate(n_train, anomaly_rate=0.0, seed=1)
    mixture = GaussianMixture(3, random_state=0).fit(training).mixture_
    level = alarm_level(training, mixture, 0.001)

    stream, is_anomaly = simulate(n_stream, anomaly_rate=0.01, seed=2)
    alarms = np.zeros(n_stream, dtype=np.bool_)
    n_alarms = scan(stream, mixture, level, alarms)
    n_found = np.count_nonzero(alarms & is_anomaly)
    precision, recall = n_found / n_alarms, n_found / np.count_nonzero(is_anomaly)
    print(f"alarm level: log density {level:.3f}")
    print(f"{n_stream:,} readings, {np.count_nonzero(is_anomaly):,} anomalies, {n_alarms:,} alarms")
    print(f"precision {precision:.3f}, recall {recall:.3f}")
    return precision, recall


if __name__ == "__main__":
    main()
