package io.lanyard.daemon.store;

/** A page of the main file does not have the sum that it should have: nothing of it was used. */
final class DamagedPageException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int page;

    DamagedPageException(int page) {
        super("page " + page + " of the file of documents is damaged", null, false, false);
        this.page = page;
    }

    int page() {
        return page;
    }

    /** The exception of this kind that led to {@code thrown}, or null. */
    static DamagedPageException in(Throwable thrown) {
        Throwable at = thrown;
        while (at != null && !(at instanceof DamagedPageException)) {
            at = at.getCause();
        }
        return (DamagedPageException) at;
    }
}
