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
package io.seamerge.e2e.jobs;

import java.nio.file.Files;
import java.nio.file.Path;

/** The shipped job files. */
final class Templates {

    private Templates() {}

    static Path path(String name) {
        for (Path folder = Path.of("").toAbsolutePath();
                folder != null;
                folder = folder.getParent()) {
            Path template = folder.resolve("config-templates/jobs").resolve(name);
            if (Files.exists(template)) {
                return template;
            }
        }
        throw new IllegalStateException(
                "no template " + name + " above " + Path.of("").toAbsolutePath());
    }
}
