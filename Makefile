# Shorthands; the scripts are the truth.
.PHONY: run test build release format clean

run:
	./scripts/run

test:
	./scripts/test

build:
	swift build

release:
	swift build -c release

format:
	swift format -i --recursive Sources Tests plugins

clean:
	swift package clean
