"""Whether something makes something else slower, on a machine that is never quite at rest."""

import math
import statistics


class Rounds:
    """A figure of each round, in calm and under a disturbance, measured by turns so that both meet what else the machine does."""

    def __init__(self, most=1.1):
        self.most, self.calm, self.disturbed = most, [], []

    def limit(self):
        """What the criterion allows, and how far medians of so many rounds may be apart by chance: five standard errors of their difference, by
        what rounds in calm differ from their median, half of them by less. The more rounds, the closer to the criterion."""
        calm = statistics.median(self.calm)
        deviation = 1.4826 * statistics.median(abs(figure - calm) for figure in self.calm)
        error = 1.2533 * deviation * math.sqrt(1 / len(self.calm) + 1 / len(self.disturbed))
        return self.most * calm + 5 * error

    def hold(self):
        return statistics.median(self.disturbed) <= self.limit()

    def __str__(self):
        calm, disturbed, limit = (1000 * seconds for seconds in (statistics.median(self.calm), statistics.median(self.disturbed), self.limit()))
        return f"{calm:.1f} ms became {disturbed:.1f} ms in {len(self.disturbed)} rounds; at most {limit:.1f} ms"


def by_turns(turn, calm, least=1, most=5, before=()):
    """Turns of a disturbance between calm ones, at least so many. What looks slower is looked at again, up to `most` turns in all, and everything
    counts. `turn` and `calm` give the figures of their rounds, `before` are those of calm rounds that there are already."""
    rounds = Rounds()
    rounds.calm += before
    for number in range(most):
        rounds.disturbed += turn()
        rounds.calm += calm()
        if number + 1 >= least and rounds.hold():
            return rounds
    raise AssertionError(str(rounds))


def p99(times):
    return sorted(times)[int(len(times) * 0.99)]
