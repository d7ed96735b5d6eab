"""Lets `resources/` travel inside the wheel as `engine/_resources`; the rest is in pyproject.toml."""

from setuptools import find_packages, setup

RESOURCES = "engine._resources"

setup(
    packages=[*find_packages(include=["engine", "engine.*", "gui", "gui.*"]), RESOURCES],
    package_dir={RESOURCES: "resources"},
    package_data={RESOURCES: ["**/*"], "engine": ["**/*.c", "**/LICENSE", "**/COPYING"]},
    include_package_data=False,
)
