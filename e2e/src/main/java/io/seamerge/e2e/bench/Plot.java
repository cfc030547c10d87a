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

import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Plots as SVG text, without scripts or fonts of their own; readable on light and dark pages. */
final class Plot {

    private static final int WIDTH = 760;
    private static final int LEFT = 190;
    private static final int RIGHT = 90;
    private static final int TOP = 44;
    private static final int BAR = 18;

    /** Lines of an axis that begins at 0, at most. */
    private static final int STEPS = 5;

    /** About how wide a character is, for the names of lines beside the plot. */
    private static final double CHARACTER = 7;

    /** Told apart also by those who do not see all colours. */
    private static final List<String> COLOURS =
            List.of("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9");

    private Plot() {}

    /**
     * A point of a line, or a bar's label and length.
     *
     * @param low the least of the runs
     * @param high the greatest
     */
    record Bar(String group, String label, double value, double low, double high) {}

    /**
     * Horizontal bars in groups, of one colour for each label if there are few, each with a whisker
     * from the least run to the greatest.
     */
    static String bars(String title, String unit, List<Bar> bars) {
        double most = bars.stream().mapToDouble(Bar::high).max().orElse(1);
        double scale = (WIDTH - LEFT - RIGHT) / most;
        StringBuilder body = new StringBuilder();
        List<String> labels = bars.stream().map(Bar::label).distinct().toList();
        int y = TOP;
        String group = null;
        for (Bar bar : bars) {
            if (!bar.group().equals(group)) {
                group = bar.group();
                y += 8;
                text(body, 10, y + 14, "start", "bold", group);
                y += 20;
            }
            double width = bar.value() * scale;
            text(body, LEFT - 8, y + 13, "end", "normal", bar.label());
            body.append(
                    tag(
                            "<rect x='%d' y='%d' width='%.1f' height='%d' fill='%s'/>",
                            LEFT,
                            y,
                            width,
                            BAR - 4,
                            COLOURS.get(
                                    labels.size() > COLOURS.size()
                                            ? 0
                                            : labels.indexOf(bar.label()))));
            double middle = y + (BAR - 4) / 2.0;
            body.append(
                    tag(
                            "<line x1='%.1f' x2='%.1f' y1='%.1f' y2='%.1f' stroke='#888'"
                                    + " stroke-width='2'/>",
                            LEFT + bar.low() * scale, LEFT + bar.high() * scale, middle, middle));
            text(
                    body,
                    LEFT + bar.high() * scale + 6,
                    y + 13,
                    "start",
                    "normal",
                    String.format(Locale.ROOT, "%,.0f", bar.value()));
            y += BAR;
        }
        return document(title + " (" + unit + ")", WIDTH, y + 16, body);
    }

    /**
     * Lines over an axis that begins at 0.
     *
     * @param logarithmic whether the vertical axis is, from its least value on
     */
    static String lines(
            String title,
            String horizontal,
            String vertical,
            boolean logarithmic,
            Map<String, List<double[]>> lines) {
        int height = 360;
        int left = 80;
        int right = 20;
        int bottom = 50;
        // Below the title and the unit.
        int top = TOP + 18;
        double mostX = 0;
        double mostY = 0;
        double leastY = Double.MAX_VALUE;
        for (List<double[]> line : lines.values()) {
            for (double[] point : line) {
                mostX = Math.max(mostX, point[0]);
                mostY = Math.max(mostY, point[1]);
                leastY = Math.min(leastY, Math.max(point[1], 0.1));
            }
        }
        double low = logarithmic ? Math.pow(10, Math.floor(Math.log10(leastY))) : 0;
        double stepX = roundStep(mostX / STEPS);
        double stepY = roundStep(mostY / STEPS);
        int stepsX = (int) Math.max(1, Math.ceil(mostX / stepX));
        int stepsY = (int) Math.max(1, Math.ceil(mostY / stepY));
        double high = logarithmic ? Math.pow(10, Math.ceil(Math.log10(mostY))) : stepsY * stepY;
        double wide = stepsX * stepX;
        double plotWidth = WIDTH - left - right;
        double plotHeight = height - top - bottom;
        StringBuilder body = new StringBuilder();
        int steps = logarithmic ? (int) Math.round(Math.log10(high / low)) : stepsY;
        for (int i = 0; i <= steps; i++) {
            double value = logarithmic ? low * Math.pow(10, i) : high * i / steps;
            double y = top + plotHeight * (1 - (double) i / steps);
            body.append(
                    tag(
                            "<line x1='%d' x2='%.1f' y1='%.1f' y2='%.1f' stroke='#888'"
                                    + " stroke-opacity='0.35'/>",
                            left, left + plotWidth, y, y));
            text(body, left - 6, y + 4, "end", "normal", number(value));
        }
        for (int i = 0; i <= stepsX; i++) {
            double x = left + plotWidth * i / stepsX;
            text(body, x, top + plotHeight + 18, "middle", "normal", number(stepX * i));
        }
        text(body, left + plotWidth / 2, height - 10.0, "middle", "normal", horizontal);
        text(body, left - 6, top - 14.0, "end", "normal", vertical);
        int index = 0;
        for (Map.Entry<String, List<double[]>> line : lines.entrySet()) {
            StringBuilder points = new StringBuilder();
            for (double[] point : line.getValue()) {
                double part =
                        logarithmic
                                ? Math.log10(Math.max(point[1], low) / low) / Math.log10(high / low)
                                : point[1] / high;
                points.append(
                        String.format(
                                Locale.ROOT,
                                "%.1f,%.1f ",
                                left + plotWidth * point[0] / wide,
                                top + plotHeight * (1 - part)));
            }
            String colour = COLOURS.get(index % COLOURS.size());
            body.append(
                    tag(
                            "<polyline points='%s' fill='none' stroke='%s' stroke-width='2'/>",
                            points.toString().strip(), colour));
            double y = top + 14 + 20.0 * index++;
            body.append(
                    tag(
                            "<rect x='%.1f' y='%.1f' width='12' height='12' fill='%s'/>",
                            left + plotWidth + 12, y - 10, colour));
            text(body, left + plotWidth + 30, y, "start", "normal", line.getKey());
        }
        int longest = lines.keySet().stream().mapToInt(String::length).max().orElse(0);
        return document(title, WIDTH + 40 + (int) (CHARACTER * longest), height, body);
    }

    /** The least of 1, 2 and 5 times a power of ten that is not less. */
    private static double roundStep(double least) {
        double power = Math.pow(10, Math.floor(Math.log10(Math.max(least, 1e-9))));
        for (int factor : new int[] {1, 2, 5}) {
            if (factor * power >= least) {
                return factor * power;
            }
        }
        return 10 * power;
    }

    private static String number(double value) {
        return value == Math.rint(value)
                ? String.format(Locale.ROOT, "%,.0f", value)
                : String.format(Locale.ROOT, "%.1f", value);
    }

    private static void text(
            StringBuilder body, double x, double y, String anchor, String weight, String text) {
        body.append(
                tag(
                        "<text x='%.1f' y='%.1f' text-anchor='%s' font-weight='%s'>%s</text>",
                        x, y, anchor, weight, text.replace("&", "&amp;").replace("<", "&lt;")));
    }

    private static String tag(String format, Object... values) {
        return String.format(Locale.ROOT, format, values) + "\n";
    }

    private static String document(String title, int width, int height, StringBuilder body) {
        StringBuilder whole = new StringBuilder();
        whole.append(
                tag(
                        "<svg xmlns='http://www.w3.org/2000/svg' width='%d' height='%d' viewBox='0"
                                + " 0 %d %d'>",
                        width, height, width, height));
        whole.append(
                "<style>text{font-family:sans-serif;font-size:13px;fill:#333}"
                        + "@media(prefers-color-scheme:dark){text{fill:#ddd}}</style>\n");
        text(whole, 10, 22, "start", "bold", title);
        return whole.append(body).append("</svg>\n").toString();
    }
}
