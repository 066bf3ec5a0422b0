"""The peer of `bills.py`: the daily model of opendsm (CalTRACK) on its own samples, whose truth is published with them.

Prints one JSON object: for each sample, daily energy and temperature of the baseline year, its known truth, what opendsm
finds and how long it took, the first fit left out because it compiles.
"""

import json
import sys
import time
import warnings

import pandas as pd
from opendsm import eemeter

warnings.simplefilter("ignore")
SAMPLES = ("il-gas-hdd-only-daily", "il-gas-intercept-only-daily")


def main() -> None:
    """Fit each sample."""
    out = []
    for name in SAMPLES:
        meter, temperature, about = eemeter.load_sample(name, tempF=True)
        stop = about["blackout_start_date"]
        use = meter[meter.index < stop].iloc[-365:]["value"]
        temperature = temperature[temperature.index < stop]
        data = eemeter.DailyBaselineData.from_series(use.to_frame("value"), temperature.to_frame("tempF")["tempF"], False)
        if not out:
            eemeter.DailyModel().fit(data, ignore_disqualification=True)
        start = time.perf_counter()
        model = eemeter.DailyModel().fit(data, ignore_disqualification=True)
        seconds = time.perf_counter() - start
        predicted = model.predict(data, ignore_disqualification=True)["predicted"]
        days = temperature.resample("D").mean().reindex(pd.DatetimeIndex(use.index).normalize())
        out.append({
            "name": name, "use": use.tolist(), "celsius": ((days - 32) / 1.8).tolist(), "seconds": seconds,
            "truth": {k: v for k, v in about.items() if isinstance(v, int | float)}, "predicted": predicted.tolist(),
        })  # fmt: skip
    print(json.dumps(out))


if __name__ == "__main__":
    sys.exit(main())
