"""Makes up a project of Speckle-like objects, the same for the same seed: storeys, elements with property sets, meshes
in chunks, and collections with closures. Ids are SHA-256 of the text, as in Python's SDK. It compresses less than real
exports do (see docs/adr/0001), since all of its values are independent.

usage: project.py --count N [--version 0|1] [--edit SHARE] [--touch MODELS] --out FILE

It writes `id TAB text` lines into FILE, and one root for each model into FILE.roots. Version 1 differs from version 0
in elements, so that about SHARE of all objects are new; they are in the first MODELS models only when that is said.
"""
import argparse
import hashlib
import json
import random

MODEL_OBJECTS, ELEMENT_OBJECTS = 25_000, 3


def corners(rng):
    """Boxes on a grid, as most of a building is, and now and then a free form. Coordinates in metres, x y z x y z."""
    if rng.random() < 0.1:
        return [round(rng.uniform(-60, 60), rng.randint(6, 15)) for _ in range(rng.choice([90, 360]))]
    points = []
    for _ in range(rng.choice([1, 4, 12])):
        low = [rng.randint(-40, 40) * 1.5, rng.randint(-10, 10) * 1.5, rng.randint(0, 20) * 3.6]
        high = [low[axis] + rng.choice([0.1, 0.2, 0.28, 1.5, 3.32, rng.random()]) for axis in range(3)]
        for corner in range(8):
            points += [(high if corner >> axis & 1 else low)[axis] for axis in range(3)]
    return points


def element(rng, number, add, is_edited):
    points = corners(rng)
    vertices = add({"speckle_type": "Speckle.Core.Models.DataChunk", "data": points}, [])
    faces = add({"speckle_type": "Speckle.Core.Models.DataChunk",
                 "data": [value for k in range(len(points) // 9) for value in (3, 3 * k, 3 * k + 1, 3 * k + 2)]}, [])
    mesh = add({"speckle_type": "Objects.Geometry.Mesh", "units": "m", "vertices": [reference(vertices)],
                "faces": [reference(faces)]}, [vertices, faces])
    properties = {f"Pset_{kind}": {f"{kind} {k}": {"name": f"{kind} {k}", "units": "m", "value": rng.choice(
        [True, rng.randint(0, 9000), round(rng.random() * 100, 4), f"type {rng.randint(0, 40)}"])} for k in range(8)}
        for kind in ("WallCommon", "Quantities", "Identity")}
    if is_edited:
        properties["Pset_Identity"]["Identity 0"]["value"] = f"revised {number}"
    return add({"speckle_type": "Objects.Data.DataObject:Objects.Data.IfcObject", "name": f"Element {number}",
                "applicationId": "%032x" % rng.getrandbits(128), "ifcType": rng.choice(["IfcWall", "IfcBeam", "IfcSlab"]),
                "properties": properties, "displayValue": [reference(mesh)]}, [mesh])


def reference(child):
    return {"referencedId": child, "speckle_type": "reference"}


def objects(count, seed=1, edit=0):
    """About `count` objects as (id, text), children first. The last one is the root.

    With `edit`, that share of them differs from what is made without."""
    rng, edits = random.Random(seed), random.Random(f"edits of {seed}")
    closures, made = {}, []

    def add(body, children):
        closure = {}
        for child in children:
            closure[child] = 1
            for key, depth in closures.get(child, {}).items():
                closure[key] = min(closure.get(key, 1 << 30), depth + 1)
        identity = hashlib.sha256(json.dumps(body, separators=(",", ":")).encode()).hexdigest()[:32]
        if identity in closures:
            return identity
        closures[identity] = closure
        text = {"id": identity, **body, **({"__closure": closure} if closure else {})}
        made.append((identity, json.dumps(text, separators=(",", ":")).encode()))
        return identity

    storeys, number = [], 0
    while len(made) < count:
        elements = [element(rng, number + k, add, edits.random() < edit * ELEMENT_OBJECTS) for k in range(500)]
        number += len(elements)
        storeys.append(add({"speckle_type": "Speckle.Core.Models.Collections.Collection", "name": f"Level {len(storeys)}",
                            "elements": [reference(child) for child in elements]}, elements))
    add({"speckle_type": "Speckle.Core.Models.Collections.Collection", "name": "Building",
         "elements": [reference(child) for child in storeys]}, storeys)
    return made


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--version", type=int, choices=(0, 1), default=0)
    parser.add_argument("--edit", type=float, default=0.01)
    parser.add_argument("--touch", type=int)
    parser.add_argument("--out", required=True)
    options = parser.parse_args()
    models = max(1, round(options.count / MODEL_OBJECTS))
    touched = min(models, options.touch or models) if options.version else 0
    roots, known = [], set()
    with open(options.out, "wb") as file:
        for model in range(models):
            edit = options.edit * models / touched if model < touched else 0
            made = objects(options.count // models, model + 1, edit)
            roots.append(made[-1][0])
            for identity, text in made:
                if identity not in known:
                    known.add(identity)
                    file.write(b"%s\t%s\n" % (identity.encode(), text))
    with open(f"{options.out}.roots", "w") as file:
        file.write("\n".join(roots) + "\n")


if __name__ == "__main__":
    main()
