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
package io.seamerge.mysql.source;

import io.seamerge.mysql.instance.InstanceState;
import org.apache.seatunnel.api.source.SourceSplit;

/**
 * An instance, whole: what the enumerator hands to a subtask, and what a checkpoint keeps of it.
 */
public final class InstanceSplit implements SourceSplit {

    private static final long serialVersionUID = 1L;

    private final String instance;
    private final transient InstanceState state;

    /**
     * @param state null where the instance's start is not resolved yet
     */
    public InstanceSplit(String instance, InstanceState state) {
        this.instance = instance;
        this.state = state;
    }

    @Override
    public String splitId() {
        return instance;
    }

    public InstanceState state() {
        return state;
    }

    @Override
    public String toString() {
        return instance + (state == null ? "" : " at " + state);
    }
}
