package io.lanyard.daemon.cluster;

import io.lanyard.daemon.security.DeviceIdentity;
import io.lanyard.daemon.security.GroupHome;
import io.lanyard.daemon.security.IdentityException;
import io.lanyard.daemon.security.PrivateFiles;
import io.lanyard.daemon.security.Role;
import java.nio.file.Path;

/** Homes of devices of one group, the first admits the others. */
final class TestGroups {
    private final Path directory;
    private Path founder;
    private int devices;

    TestGroups(Path directory) {
        this.directory = directory;
    }

    DeviceIdentity newDevice() throws IdentityException {
        devices++;
        Path home = directory.resolve("device-" + devices);
        PrivateFiles.prepareHome(home);
        if (founder == null) {
            founder = home;
        } else {
            GroupHome.admitOffline(founder, home, "device-" + devices, Role.MEMBER);
        }
        return GroupHome.openOrCreate(home, "device-" + devices).identity();
    }
}
