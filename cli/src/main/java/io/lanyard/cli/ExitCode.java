package io.lanyard.cli;

/** How a command ended, for scripts: the numbers are a promise. */
enum ExitCode {
    /** It did what was asked. */
    OK(0),
    /** It failed for a reason that has no number of its own. */
    FAILURE(1),
    /** The command line is wrong; nothing was done. */
    USAGE(2),
    /** No daemon answered. */
    UNREACHABLE(3),
    /** There is no such document. */
    NOT_FOUND(4),
    /** A precondition such as {@code --if-match} did not hold; nothing was done. */
    PRECONDITION_FAILED(5),
    /** The daemon did not accept the token, or the token does not reach that far. */
    NOT_AUTHORISED(6),
    /** Time ran out, or only a part was done. */
    TIMED_OUT(7),
    /** Replicas differ, or something is unhealthy. */
    UNHEALTHY(8);

    private final int number;

    ExitCode(int number) {
        this.number = number;
    }

    /** Returns the process exit status. */
    int number() {
        return number;
    }

    /** Returns how a command ends whose request was refused with an HTTP status. */
    static ExitCode ofStatus(int status) {
        return switch (status) {
            case 401, 403 -> NOT_AUTHORISED;
            case 404 -> NOT_FOUND;
            case 409, 412 -> PRECONDITION_FAILED;
            case 408, 504 -> TIMED_OUT;
            default -> FAILURE;
        };
    }
}
