"""The names of a scene, and the facts that can be stated with them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from stage.resolve.flaws import RESERVED, Flaws, Path, nearest
from stage.resolve.namesakes import Titled, check_title, check_titles, check_values
from stage.scenes import scenario as written
from stage.scenes.scenario import Scenario
from stage.world.facts import AT, AWAY, Fact, Fluent


class Vocabulary:
    """The names of a scene and the facts that can be stated with them. Whatever is said of something unknown is noted
    in ``flaws``; every value that is mentioned joins the range of its fluent."""

    def __init__(self, scenario: Scenario, flaws: Flaws) -> None:
        self.written = scenario
        self.flaws = flaws
        self.cast = self._cast()
        self.places = tuple(scenario.places)
        self.things = {n: t or written.ThingSpec() for n, t in scenario.things.items()}
        self.declared = self._declared_facts()
        self.ranges: dict[Fluent, list[str]] = {f: list(spec.values) for f, spec in self.declared.items()}
        self._check_names()
        self._check_ids()
        self.called = check_titles(self._named(), self.flaws)
        self.subjects = self._titles_of_subjects()
        self.aliases = self._aliases()

    def _cast(self) -> dict[str, written.Character]:
        cast = {n: c or written.Character() for n, c in self.written.cast.items()}
        for i, beat in enumerate(self.written.beats):
            if isinstance(beat, written.IntroduceBeat):
                if beat.introduce in cast:
                    self.flaws.add(
                        ("beats", i, "introduce"), "name-twice", f"{beat.introduce!r} is in the cast already"
                    )
                cast.setdefault(beat.introduce, beat.character)
        return cast

    def _check_names(self) -> None:
        seen: dict[str, str] = {}
        for section, names in (("cast", self.cast), ("places", self.places), ("things", self.things)):
            for i, name in enumerate(names):
                path: Path = (section, i if isinstance(self.written.places, list) and section == "places" else name)
                if name in RESERVED:
                    self.flaws.add(path, "reserved-name", f"{name!r} has a meaning of its own; choose another name")
                elif name in seen:
                    self.flaws.add(path, "name-twice", f"{name!r} is already a name in {seen[name]}")
                seen.setdefault(name, section)

    def _named(self) -> dict[str, dict[str, Titled | None]]:
        """By section of the file all that has a name, with what is said of it."""
        places = self.written.places
        specs = places if isinstance(places, dict) else dict.fromkeys(places)
        return {"cast": {**self.cast}, "places": {**specs}, "things": {**self.things}}

    def _aliases(self) -> dict[str, tuple[str, ...]]:
        """Other words for names; complains where one could mean two."""
        named = self._named()
        meant = {n.replace("_", " ").casefold(): n for names in named.values() for n in names}
        meant |= {s.title.casefold(): n for specs in named.values() for n, s in specs.items() if s and s.title}
        found = {}
        for section, specs in named.items():
            for name, spec in specs.items():
                for i, alias in enumerate(spec.aliases if spec else ()):
                    other = meant.setdefault(alias.casefold(), name)
                    if other != name:
                        message = f"{alias!r} is {other!r} already; choose a word that can mean {name!r} alone"
                        self.flaws.add((section, name, "aliases", i), "ambiguous-alias", message)
                if spec and spec.aliases:
                    found[name] = tuple(spec.aliases)
        return found

    def _titles_of_subjects(self) -> dict[str, str]:
        """How subjects of facts are called that are neither people, places nor things; complains of other titles there."""
        found: dict[str, str] = {}
        elsewhere = {n: section for section, names in self._named().items() for n in names}
        for text, spec in self.written.facts.items():
            subject, path = text.strip().partition(" ")[0], ("facts", text, "title")
            if not isinstance(spec, written.FactSpec) or not spec.title:
                continue
            check_title(path, subject, spec.title, self.flaws)
            if subject in elsewhere:
                message = f"{subject!r} stands under '{elsewhere[subject]}'; give it its title there"
                self.flaws.add(path, "fact-form", message)
            elif found.setdefault(subject, spec.title) != spec.title:
                self.flaws.add(path, "fact-form", f"{subject!r} is called {found[subject]!r} already")
        return found

    def _check_ids(self) -> None:
        seen: dict[str, int] = {}
        for i, beat in enumerate(self.written.beats):
            if beat.id in RESERVED:
                self.flaws.add(("beats", i, "id"), "reserved-name", f"{beat.id!r} has a meaning of its own")
            elif beat.id in seen:
                self.flaws.add(
                    ("beats", i, "id"), "name-twice", f"{beat.id!r} is the id of beat {seen[beat.id]} already"
                )
            elif beat.id is not None:
                seen[beat.id] = i + 1

    def _declared_facts(self) -> dict[Fluent, written.FactSpec]:
        declared = {}
        for text, spec in self.written.facts.items():
            subject, _, relation = text.strip().partition(" ")
            if not relation.strip():
                self.flaws.add(
                    ("facts", text), "fact-form", f"{text!r} needs a subject and a relation, such as 'door is'"
                )
                continue
            where = relation.strip() == AT  # where a thing is at the start, the thing itself says
            full = (
                spec
                if isinstance(spec, written.FactSpec)
                else written.FactSpec.model_construct(values=spec, start=None if where else spec[0])
            )
            if isinstance(spec, list) and len(spec) < 2:
                self.flaws.add(
                    ("facts", text), "range-too-small", f"{text!r} needs two values or more to be a question"
                )
            if len(set(full.values)) != len(full.values):
                self.flaws.add(("facts", text), "value-twice", f"{text!r} names a value twice")
            if full.start is not None and full.start not in full.values:
                hint = nearest(full.start, full.values)
                self.flaws.add(
                    ("facts", text, "start"), "unknown-value", f"{full.start!r} is no value of {text!r}{hint}"
                )
            for value in full.phrases:
                if value not in full.values:
                    hint = nearest(value, full.values)
                    self.flaws.add(
                        ("facts", text, "phrases", value), "unknown-value", f"{value!r} is no value of {text!r}{hint}"
                    )
            if full.statement and "{value}" not in full.statement:
                self.flaws.add(("facts", text, "statement"), "fact-form", "a statement needs '{value}' in it")
            declared[Fluent(subject, relation.strip())] = full
        return declared

    def fluent(self, path: Path, text: str) -> Fluent | None:
        """The fluent that a text names, complaining if there is none."""
        subject, _, relation = " ".join(text.split()).partition(" ")
        fluent = Fluent(subject, relation or AT)
        if fluent in self.declared or (fluent.relation == AT and (subject in self.things or subject in self.cast)):
            return fluent
        if fluent.relation == "is" and subject in self.things and self.things[subject].lid:
            return fluent
        subjects = [*self.things, *self.cast, *(f.subject for f in self.declared)]
        if subject not in subjects:
            self.flaws.name(path, subject, dict.fromkeys(subjects), "thing, character or declared fact")
        else:
            known = [str(f) for f in self.declared if f.subject == subject]
            known += [f"{subject} at"] if subject in self.things or subject in self.cast else []
            self.flaws.add(
                path,
                "unknown-fact",
                f"nothing is declared about {str(fluent)!r}{nearest(str(fluent), known)}",
                relation,
            )
        return None

    def fact(self, path: Path, text: str) -> Fact | None:
        """The fact that a text states, complaining if there is none; a new place of a thing joins its range."""
        words = " ".join(text.split())
        for fluent in sorted(self.declared, key=lambda f: -len(str(f))):
            if words.startswith(f"{fluent} "):
                return self.fact_with(path, fluent, words[len(str(fluent)) + 1 :])
        subject, _, rest = words.partition(" ")
        relation, _, value = rest.partition(" ")
        if not value:
            self.flaws.add(
                path, "fact-form", f"{text!r} needs a subject, a relation and a value, such as 'marble at basket'"
            )
            return None
        fluent_or_none = self.fluent(path, f"{subject} {relation}")
        return self.fact_with(path, fluent_or_none, value) if fluent_or_none else None

    def fact_with(self, path: Path, fluent: Fluent, value: str) -> Fact | None:
        if fluent in self.declared:
            known: Sequence[str] = self.declared[fluent].values
        elif fluent.relation == "is":
            known = ("open", "closed")
        elif fluent.subject in self.cast:
            known = (*self.places, AWAY)
        else:
            containers = [n for n, t in self.things.items() if t.container]
            known = (*containers, *self.places, *self.cast)
        if value not in known:
            hint = nearest(value, list(known))
            self.flaws.add(path, "unknown-value", f"{value!r} is no value of {str(fluent)!r}{hint}", value)
            return None
        self.can_be(fluent, value)
        return Fact(fluent, value)

    def can_be(self, fluent: Fluent, value: str) -> None:
        """A value that the scene mentions joins the range of a fluent, unless the author declared the range."""
        if fluent in self.declared:
            return
        values = self.ranges.setdefault(fluent, [])
        if value not in values:
            values.append(value)

    def check_words(self) -> None:
        """Complain where two values that one fact can have are put into the same words."""
        texts = {Fluent(*text.strip().split(" ", 1)): text for text in self.written.facts if " " in text.strip()}
        for fluent, values in self.ranges.items():
            check_values(("facts", texts.get(fluent, str(fluent))), values, self.called, self.flaws)

    def facts(self, path: Path, texts: Sequence[str]) -> list[Fact]:
        return [f for i, t in enumerate(texts) if (f := self.fact((*path, i), t)) is not None]

    def who(self, path: Path, name: str) -> str:
        self.flaws.name(path, name, self.cast, "character")
        return name

    def people(self, path: Path, names: str | Sequence[str]) -> tuple[str, ...]:
        if isinstance(names, str):
            return (self.who(path, names),)
        return tuple(self.who((*path, i), n) for i, n in enumerate(names))

    def thing(self, path: Path, name: str, has: Callable[[written.ThingSpec], object], trait: str) -> str:
        if self.flaws.name(path, name, self.things, "thing") and not has(self.things[name]):
            self.flaws.add(path, f"not-{trait}", f"{name!r} is not declared with '{trait}'")
        return name

    def check_container(self, path: Path, name: str) -> None:
        thing = self.things.get(name)
        if thing is not None and not thing.container:
            self.flaws.add(path, "not-a-container", f"nothing can be put into {name!r}; give it 'container: true'")
