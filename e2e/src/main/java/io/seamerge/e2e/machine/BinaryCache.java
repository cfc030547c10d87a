/*
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *     http://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */
package io.seamerge.e2e.machine;

import com.sun.security.auth.module.UnixSystem;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Folders that are made once per machine and then only read: unpacked servers, initialised data
 * folders. A folder is there whole or not at all, also when several processes ask for it at once
 * and some of them are killed.
 *
 * <p>It is where the environment variable {@code SEAMERGE_CACHE} says; otherwise in {@code
 * /var/cache/seamerge} for root, whose home folder the servers' own user could not enter, and in
 * the user's cache folder for anybody else.
 */
public final class BinaryCache {

    /** Makes the content of a folder, which exists and is empty. */
    @FunctionalInterface
    public interface Content {
        void makeIn(Path folder) throws IOException;
    }

    private static final ConcurrentHashMap<String, Object> LOCKS = new ConcurrentHashMap<>();

    private BinaryCache() {}

    public static Path root() {
        String configured = System.getenv("SEAMERGE_CACHE");
        if (configured != null && !configured.isEmpty()) {
            return Path.of(configured).toAbsolutePath();
        }
        if (new UnixSystem().getUid() == 0) {
            return Path.of("/var/cache/seamerge");
        }
        String caches = System.getenv("XDG_CACHE_HOME");
        Path parent =
                caches != null && !caches.isEmpty()
                        ? Path.of(caches)
                        : Path.of(System.getProperty("user.home"), ".cache");
        return parent.toAbsolutePath().resolve("seamerge");
    }

    /** The folder of that name, made by {@code content} if it is not there yet. */
    public static Path folder(String name, Content content) {
        Path folder = root().resolve(name);
        if (Files.isDirectory(folder)) {
            return folder;
        }
        // A file lock excludes other processes only, a monitor other threads only.
        synchronized (LOCKS.computeIfAbsent(name, key -> new Object())) {
            try {
                Files.createDirectories(folder.getParent());
                try (FileChannel file =
                                FileChannel.open(
                                        folder.resolveSibling(folder.getFileName() + ".lock"),
                                        StandardOpenOption.CREATE,
                                        StandardOpenOption.WRITE);
                        FileLock lock = file.lock()) {
                    if (!Files.isDirectory(folder)) {
                        make(folder, content);
                    }
                }
                return folder;
            } catch (IOException e) {
                throw new UncheckedIOException("Cannot make " + folder, e);
            }
        }
    }

    private static void make(Path folder, Content content) throws IOException {
        Path unfinished = folder.resolveSibling(folder.getFileName() + ".unfinished");
        Commands.deleteFolder(unfinished);
        Files.createDirectory(unfinished);
        boolean made = false;
        try {
            content.makeIn(unfinished);
            Files.move(unfinished, folder, StandardCopyOption.ATOMIC_MOVE);
            made = true;
        } finally {
            if (!made) {
                Commands.deleteFolder(unfinished);
            }
        }
    }
}
