package io.lanyard.daemon.cluster;

import io.lanyard.daemon.security.DeviceIdentity;
import io.lanyard.daemon.security.GroupKey;
import io.lanyard.daemon.security.IdentityException;
import io.lanyard.daemon.security.PrivateFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Homes of devices of one group, as a person makes them: by copying group.p12. */
final class TestGroups {
    private final Path directory;
    private Path founder;
    private int devices;

    TestGroups(Path directory) {
        this.directory = directory;
    }

    DeviceIdentity newDevice() throws IOException, IdentityException {
        devices++;
        Path home = directory.resolve("device-" + devices);
        PrivateFiles.prepareHome(home);
        if (founder == null) {
            founder = home;
        } else {
            Files.copy(founder.resolve(GroupKey.FILE_NAME), home.resolve(GroupKey.FILE_NAME));
        }
        return DeviceIdentity.openOrCreate(home, GroupKey.openOrCreate(home));
    }
}
