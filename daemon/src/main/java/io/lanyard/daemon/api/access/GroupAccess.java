package io.lanyard.daemon.api.access;

import io.lanyard.daemon.security.GroupHome;
import java.util.Optional;
import java.util.function.Function;

/**
 * What the API needs of the group.
 *
 * @param home who belongs to it, and this device's place in it
 * @param versionOf which version of the program a device runs, by its id; empty if that is not known
 */
public record GroupAccess(GroupHome home, Function<String, Optional<String>> versionOf) {}
