"""Designs an office building and writes it as IFC4, with IfcOpenShell's own API.

usage: office.py FILE [STOREYS [BAYS]]. The same arguments give the same building.
"""
import sys

import ifcopenshell
import ifcopenshell.api.aggregate
import ifcopenshell.api.context
import ifcopenshell.api.geometry
import ifcopenshell.api.project
import ifcopenshell.api.pset
import ifcopenshell.api.root
import ifcopenshell.api.spatial
import ifcopenshell.api.unit
import numpy

STOREY_HEIGHT = 3.6
BAY = 6.0
DEPTH_BAYS = 3
SLAB = 0.28
FACADE_MODULE = 1.5


class Office:
    def __init__(self, storeys, bays):
        self.file = ifcopenshell.api.project.create_file(version="IFC4")
        self.storeys, self.bays = storeys, bays
        self.width, self.depth = bays * BAY, DEPTH_BAYS * BAY
        create = ifcopenshell.api.root.create_entity
        project = create(self.file, ifc_class="IfcProject", name="Harbour office")
        ifcopenshell.api.unit.assign_unit(self.file, length={"is_metric": True, "raw": "METRES"})
        model = ifcopenshell.api.context.add_context(self.file, context_type="Model")
        self.body = ifcopenshell.api.context.add_context(
            self.file, context_type="Model", context_identifier="Body", target_view="MODEL_VIEW", parent=model)
        site = create(self.file, ifc_class="IfcSite", name="Harbour")
        self.building = create(self.file, ifc_class="IfcBuilding", name="Office")
        ifcopenshell.api.aggregate.assign_object(self.file, products=[site], relating_object=project)
        ifcopenshell.api.aggregate.assign_object(self.file, products=[self.building], relating_object=site)

    def add(self, ifc_class, name, size, place, storey, properties):
        """A box of `size`, its lowest corner at `place`; in metres."""
        element = ifcopenshell.api.root.create_entity(self.file, ifc_class=ifc_class, name=name)
        x, y, z = size
        vertices = [(i * x, j * y, k * z) for k in (0, 1) for j in (0, 1) for i in (0, 1)]
        faces = [(0, 2, 3, 1), (4, 5, 7, 6), (0, 1, 5, 4), (2, 6, 7, 3), (0, 4, 6, 2), (1, 3, 7, 5)]
        shape = ifcopenshell.api.geometry.add_mesh_representation(
            self.file, context=self.body, vertices=[vertices], faces=[faces])
        ifcopenshell.api.geometry.assign_representation(self.file, product=element, representation=shape)
        matrix = numpy.eye(4)
        matrix[:3, 3] = place
        ifcopenshell.api.geometry.edit_object_placement(self.file, product=element, matrix=matrix)
        ifcopenshell.api.spatial.assign_container(self.file, products=[element], relating_structure=storey)
        properties_of = ifcopenshell.api.pset.add_pset(self.file, product=element, name="Pset_Office")
        ifcopenshell.api.pset.edit_pset(
            self.file, pset=properties_of, properties={"Reference": name, "Volume": round(x * y * z, 3), **properties})

    def build(self):
        for level in range(self.storeys):
            storey = ifcopenshell.api.root.create_entity(
                self.file, ifc_class="IfcBuildingStorey", name=f"Level {level}")
            storey.Elevation = level * STOREY_HEIGHT
            ifcopenshell.api.aggregate.assign_object(self.file, products=[storey], relating_object=self.building)
            self.structure(level, level * STOREY_HEIGHT, storey)
            self.facade(level, level * STOREY_HEIGHT + SLAB, storey)
            self.furniture(level, level * STOREY_HEIGHT + SLAB, storey)

    def structure(self, level, z, storey):
        self.add("IfcSlab", f"Slab {level}", (self.width, self.depth, SLAB), (0, 0, z), storey,
                 {"LoadBearing": True, "FireRating": "REI 90"})
        for i in range(self.bays + 1):
            for j in range(DEPTH_BAYS + 1):
                self.add("IfcColumn", f"C{level}-{i}-{j}", (0.4, 0.4, STOREY_HEIGHT - SLAB),
                         (i * BAY - 0.2, j * BAY - 0.2, z + SLAB), storey, {"Grid": f"{chr(65 + j)}{i + 1}"})
                if i < self.bays:
                    self.add("IfcBeam", f"B{level}-{i}-{j}", (BAY, 0.3, 0.5),
                             (i * BAY, j * BAY - 0.15, z + STOREY_HEIGHT - 0.5), storey, {"Span": BAY})

    def facade(self, level, z, storey):
        height = STOREY_HEIGHT - SLAB
        for side, length, along in (("S", self.width, 0), ("N", self.width, 0), ("W", self.depth, 1), ("E", self.depth, 1)):
            for k in range(int(length / FACADE_MODULE)):
                place = [0.0, 0.0, z]
                place[along] = k * FACADE_MODULE
                place[1 - along] = 0.0 if side in "SW" else (self.depth, self.width)[along] - 0.2
                size = [0.2, 0.2, 0.9]
                size[along] = FACADE_MODULE
                self.add("IfcWall", f"Parapet {side}{level}-{k}", size, place, storey, {"IsExternal": True})
                size[1 - along], size[2] = 0.08, height - 0.9
                place[2] += 0.9
                self.add("IfcWindow", f"Window {side}{level}-{k}", size, place, storey,
                         {"ThermalTransmittance": 1.1, "Glazing": "triple"})

    def furniture(self, level, z, storey):
        for i in range(self.bays):
            for j in range(DEPTH_BAYS):
                for desk in range(3):
                    self.add("IfcFurniture", f"Desk {level}-{i}-{j}-{desk}", (1.6, 0.8, 0.74),
                             (i * BAY + 0.6, j * BAY + 0.8 + desk * 1.6, z), storey, {"Places": 1})


def main():
    path, *rest = sys.argv[1:]
    storeys, bays = [int(text) for text in rest] + [6, 6][len(rest):]
    office = Office(storeys, bays)
    office.build()
    office.file.write(path)
    print(len(office.file.by_type("IfcElement")), "elements")


if __name__ == "__main__":
    main()
