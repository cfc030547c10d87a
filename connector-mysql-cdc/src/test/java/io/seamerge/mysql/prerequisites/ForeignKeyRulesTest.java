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
package io.seamerge.mysql.prerequisites;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Definitions as MariaDB 10.11 writes them. */
class ForeignKeyRulesTest {

    private static final String DEFINITION =
            String.join(
                    "\n",
                    "CREATE TABLE `items` (",
                    "  `order_id` int(11) NOT NULL,",
                    "  `n` int(11) NOT NULL COMMENT 'CONSTRAINT `plain` FOREIGN KEY ('' ON DELETE CASCADE',",
                    "  PRIMARY KEY (`order_id`,`n`),",
                    "  CONSTRAINT `pa`rent` FOREIGN KEY (`order_id`) REFERENCES `orders` (`id`) ON DELETE CASCADE ON UPDATE SET NULL,",
                    "  CONSTRAINT `doub``led` FOREIGN KEY (`n`) REFERENCES `orders` (`id`) ON UPDATE CASCADE,",
                    "  CONSTRAINT `plain` FOREIGN KEY (`a) ON DELETE CASCADE`) REFERENCES `orders` (`id`),",
                    "  CONSTRAINT `named` FOREIGN KEY (`n`) REFERENCES `orders` (`id`) ON DELETE NO ACTION,",
                    "  CONSTRAINT `strange` FOREIGN KEY (`n`) REFERENCES `orders` (`id`) ON DELETE PERHAPS,",
                    "  CONSTRAINT `n_is_positive` CHECK (`n` > 0)",
                    ") ENGINE=InnoDB DEFAULT CHARSET=latin1");

    private static String rules(String constraint) {
        return String.valueOf(ForeignKeyRules.defined(DEFINITION, constraint));
    }

    @Test
    void whatADefinitionSays() {
        assertThat(rules("pa`rent")).isEqualTo("ON UPDATE SET NULL, ON DELETE CASCADE");
        assertThat(rules("doub`led")).isEqualTo("ON UPDATE CASCADE");
        assertThat(rules("plain")).isEmpty();
        assertThat(rules("named")).isEmpty();
    }

    @Test
    void whatItDoesNotSayIsNotKnown() {
        assertThat(ForeignKeyRules.defined(DEFINITION, "other")).isNull();
        assertThat(ForeignKeyRules.defined(DEFINITION, "strange")).isNull();
        assertThat(ForeignKeyRules.defined(DEFINITION, "n_is_positive")).isNull();
    }
}
