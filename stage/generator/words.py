"""What generated scenes are made of: surroundings with their rooms, containers and things, and people.

All is written for this purpose. Within a set no two names share a word, so that a text that names one of them names
no other.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Surroundings:
    """``opening`` says where we are; ``rooms`` in which things happen; ``containers`` and ``things`` are sensible in
    each of them. ``shelves`` show what is on them, ``chests`` have a lid; ``paper`` is written on."""

    opening: str
    rooms: tuple[str, ...]
    containers: tuple[str, ...]
    shelves: tuple[str, ...]
    chests: tuple[str, ...]
    things: tuple[str, ...]
    paper: str


SURROUNDINGS: tuple[Surroundings, ...] = (
    Surroundings(
        "It is harvest time at a farm in the hills.",
        ("barn", "dairy", "orchard", "cellar"),
        ("crock", "hamper", "barrel", "pail", "sack"),
        ("windowsill", "workbench", "ledge"),
        ("trunk", "coffer", "tin"),
        ("sickle", "whistle", "ribbon", "thimble", "candle"),
        "slip of paper",
    ),
    Surroundings(
        "A small theatre is getting ready for its first night.",
        ("dressing room", "workshop", "foyer", "balcony"),
        ("hatbox", "bucket", "laundry bag", "wicker basket", "suitcase"),
        ("mantelpiece", "piano", "windowsill"),
        ("costume chest", "toolbox", "violin case"),
        ("crown", "fan", "dagger", "feather", "mask"),
        "programme",
    ),
    Surroundings(
        "A sailing ship lies becalmed, and the crew has time on its hands.",
        ("galley", "cabin", "hold", "forecastle"),
        ("keg", "hammock", "lobster pot", "bread bin", "sailcloth bag"),
        ("chart table", "bunk", "coil of rope"),
        ("sea chest", "locker", "map case"),
        ("compass", "flute", "spyglass", "knife", "lantern"),
        "page from the logbook",
    ),
    Surroundings(
        "Old friends are clearing out a house that has been sold.",
        ("attic", "parlour", "pantry", "conservatory"),
        ("umbrella stand", "coal scuttle", "vase", "rucksack", "cardboard box"),
        ("bookcase", "armchair", "piano stool"),
        ("sewing kit", "strongbox", "writing case"),
        ("medal", "locket", "photograph", "bell", "chess queen"),
        "envelope",
    ),
    Surroundings(
        "The museum is closed on Mondays, and the staff are setting up an exhibition.",
        ("gallery", "storeroom", "library", "courtyard"),
        ("crate", "wastepaper basket", "urn", "handcart", "canvas bag"),
        ("plinth", "reading desk", "trolley"),
        ("display case", "filing box", "medicine chest"),
        ("coin", "amulet", "magnifying glass", "seal", "brooch"),
        "index card",
    ),
    Surroundings(
        "Snow keeps a few guests at an inn on the pass.",
        ("kitchen", "taproom", "stable", "landing"),
        ("bread basket", "log box", "milk churn", "pillowcase", "copper pot"),
        ("hearth", "counter", "saddle rack"),
        ("linen chest", "meal bin", "travelling case"),
        ("key", "pipe", "thimble", "mirror", "purse"),
        "bill",
    ),
    Surroundings(
        "A research station in the dunes is waiting for the supply truck.",
        ("laboratory", "canteen", "radio room", "greenhouse"),
        ("sample bag", "fridge drawer", "water drum", "backpack", "tub"),
        ("bench", "radiator", "camp bed"),
        ("cool box", "first-aid kit", "instrument case"),
        ("battery", "fossil", "torch", "thermometer", "seedling"),
        "memo",
    ),
    Surroundings(
        "The children of the street have the run of two gardens this afternoon.",
        ("shed", "tree house", "porch", "vegetable patch"),
        ("watering can", "flowerpot", "wheelbarrow", "rubber boot", "pram"),
        ("swing", "bench", "stone wall"),
        ("biscuit tin", "lunch box", "treasure chest"),
        ("marble", "yo-yo", "kite", "water pistol", "shell"),
        "note",
    ),
)

PEOPLE: tuple[str, ...] = (
    "Agnes", "Bashir", "Celeste", "Dario", "Edda", "Farid", "Greta", "Hugo", "Ines", "Jarek", "Kerstin", "Lorenz",
    "Mira", "Nadir", "Odile", "Pavel", "Quentin", "Rosa", "Selim", "Tilda", "Ursula", "Viktor", "Wanda", "Xenia",
    "Yusuf", "Zora", "Amara", "Benno", "Chloe", "Dmitri", "Elif", "Fiona", "Goran", "Hanna", "Ismael", "Jolanta",
    "Kofi", "Leila", "Malte", "Noor", "Oskar", "Petra", "Ravi", "Signe", "Tariq", "Ulrich", "Vera", "Wilma",
)  # fmt: skip

GOALS: tuple[str, ...] = (
    "You notice more than you say.",
    "You like everything in its proper place.",
    "You cannot resist a practical joke.",
    "You trust people until they disappoint you.",
    "You are always in a hurry.",
    "You want to be asked before anything is decided.",
    "You enjoy knowing what others do not.",
    "You would rather be outdoors.",
)
