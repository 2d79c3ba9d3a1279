"""One line per check."""


class Lines:
    name, suffix, text, kept = "toy", ".toy", True, None

    def write(self, results, gate, folder):
        said = [f"{check.meta.id}={check.outcome}" for check in results.checks]
        said.append(f"policy={gate.outcome if gate else 'none'}")
        return ("\n".join(said) + "\n").encode()


WRITER = Lines()
