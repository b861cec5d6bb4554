package io.lanyard.daemon.api.access;

import io.lanyard.daemon.security.Scope.Right;

/** The owner, who may do everything and whose token does not end. */
public final class OwnerCaller implements Caller {

    /** The only one there is. */
    public static final OwnerCaller INSTANCE = new OwnerCaller();

    private OwnerCaller() {}

    @Override
    public String tokenId() {
        return "owner";
    }

    @Override
    public String name() {
        return "owner";
    }

    @Override
    public boolean isOwner() {
        return true;
    }

    @Override
    public boolean mayComeFrom(String origin) {
        return false;
    }

    @Override
    public boolean mayRead(String collection) {
        return !collection.startsWith("$");
    }

    @Override
    public boolean mayWrite(String collection) {
        return !collection.startsWith("$");
    }

    @Override
    public boolean maySettle(String collection) {
        return mayWrite(collection);
    }

    @Override
    public boolean mayReadAll() {
        return true;
    }

    @Override
    public boolean mayUse(Right right) {
        return true;
    }

    @Override
    public boolean isEnded() {
        return false;
    }

    @Override
    public Registration onEnd(Runnable action) {
        return () -> {};
    }

    @Override
    public void countRequest() {}

    @Override
    public void countMessage() {}
}
