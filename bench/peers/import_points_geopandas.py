"""The peer of `import_points.py`: plain geopandas, read + commune join + Hilbert sort + GeoParquet write."""

import json
import resource
import sys
import time

import geopandas
import pandas


def main(points: str, communes: str, target: str) -> None:
    """Import one file and print the seconds it took, imports of modules apart."""
    contours = geopandas.read_parquet(communes)
    start = time.perf_counter()
    if points.endswith(".csv"):
        table = pandas.read_csv(points, sep=";", decimal=",")
        shapes = geopandas.points_from_xy(table.pop("longitude"), table.pop("latitude"), crs=4326)
        frame = geopandas.GeoDataFrame(table, geometry=shapes).to_crs(2154)
    else:
        frame = geopandas.read_parquet(points)
    frame = frame.sjoin(contours[["commune", "geometry"]], how="left", predicate="intersects")
    frame = frame.iloc[frame.geometry.hilbert_distance().argsort()]
    frame.to_parquet(target, compression="zstd", write_covering_bbox=True)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "rows": len(frame), "peak_mb": peak}))


if __name__ == "__main__":
    main(*sys.argv[1:])
