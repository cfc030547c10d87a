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
package io.seamerge.e2e.bench;

import io.seamerge.e2e.engine.SeaTunnelEngine;
import io.seamerge.e2e.machine.Commands;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordingFile;

/** What an engine's threads do while this is open, by the JDK's flight recorder, if asked for. */
final class Profile implements AutoCloseable {

    private static final int FRAMES_SHOWN = 25;
    private static final long LOOK_MILLIS = 500;

    private final Bench bench;
    private final SeaTunnelEngine engine;
    private final Path file;
    private final ThreadTimes times;
    private final ScheduledExecutorService looks = Executors.newSingleThreadScheduledExecutor();

    private Profile(Bench bench, SeaTunnelEngine engine, Path file, ThreadTimes times) {
        this.bench = bench;
        this.engine = engine;
        this.file = file;
        this.times = times;
    }

    /**
     * Begins to record, if the command line asks for it.
     *
     * @param name of the file; null: this run is not recorded
     */
    static Profile of(Bench bench, SeaTunnelEngine engine, String name) throws IOException {
        if (!bench.options().profile() || name == null) {
            return new Profile(bench, engine, null, null);
        }
        Path file =
                Files.createDirectories(bench.options().out())
                        .toAbsolutePath()
                        .resolve(name + ".jfr");
        Profile profile = new Profile(bench, engine, file, ThreadTimes.ofJava(engine.pid()));
        profile.looks.scheduleWithFixedDelay(
                profile::look, LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
        profile.command("JFR.start", "name=bench", "settings=profile");
        return profile;
    }

    /** Again and again: a job's threads end with it. */
    private void look() {
        try {
            times.look();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws IOException, InterruptedException {
        looks.shutdown();
        if (file == null) {
            return;
        }
        looks.awaitTermination(1, TimeUnit.MINUTES);
        command("JFR.stop", "name=bench", "filename=" + file);
        Map<String, Integer> own = new LinkedHashMap<>();
        Map<String, Integer> threads = new LinkedHashMap<>();
        int samples = 0;
        try (RecordingFile recording = new RecordingFile(file)) {
            while (recording.hasMoreEvents()) {
                RecordedEvent event = recording.readEvent();
                if (!event.getEventType().getName().equals("jdk.ExecutionSample")
                        || event.getStackTrace() == null) {
                    continue;
                }
                samples++;
                List<RecordedFrame> frames = event.getStackTrace().getFrames();
                own.merge(name(frames.get(0)), 1, Integer::sum);
                String thread =
                        event.getThread("sampledThread") == null
                                ? "?"
                                : event.getThread("sampledThread").getJavaName();
                threads.merge(String.valueOf(thread).replaceAll("\\d+", "#"), 1, Integer::sum);
            }
        }
        StringBuilder text = new StringBuilder("Seconds of processor time, by thread:\n");
        text.append(ThreadTimes.text(times.seconds(), 1, 0.05));
        text.append("\nSamples: ").append(samples).append("\n\nBy thread:\n");
        append(text, threads, samples);
        text.append("\nBy method:\n");
        append(text, own, samples);
        Files.writeString(Path.of(file + ".txt"), text);
        bench.say("Profile of %s:%n%s", file.getFileName(), text);
    }

    private static void append(StringBuilder text, Map<String, Integer> counts, int samples) {
        counts.entrySet().stream()
                .sorted(Map.Entry.<String, Integer>comparingByValue().reversed())
                .limit(FRAMES_SHOWN)
                .forEach(
                        entry ->
                                text.append(
                                        "%5.1f %%  %s%n"
                                                .formatted(
                                                        100.0 * entry.getValue() / samples,
                                                        entry.getKey())));
    }

    private static String name(RecordedFrame frame) {
        return frame.getMethod().getType().getName() + "." + frame.getMethod().getName();
    }

    private void command(String... words) {
        String tool = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
        List<String> command = new java.util.ArrayList<>(List.of(tool));
        command.add(Long.toString(engine.pid()));
        command.addAll(List.of(words));
        Commands.run(command);
    }
}
