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
package io.seamerge.mysql.binlog;

import com.github.shyiko.mysql.binlog.BinaryLogClient;
import com.github.shyiko.mysql.binlog.event.Event;
import com.github.shyiko.mysql.binlog.event.deserialization.EventDeserializer;
import com.github.shyiko.mysql.binlog.io.ByteArrayInputStream;
import com.github.shyiko.mysql.binlog.network.AuthenticationException;
import com.github.shyiko.mysql.binlog.network.SSLMode;
import com.github.shyiko.mysql.binlog.network.ServerException;
import com.github.shyiko.mysql.binlog.network.protocol.ErrorPacket;
import com.github.shyiko.mysql.binlog.network.protocol.command.QueryCommand;
import io.seamerge.mysql.tls.Tls;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Objects;

/**
 * Reads the binlog of one MySQL server, once: a connection, the login, the stream, the end. It
 * never reconnects by itself and it never goes on after something went wrong: {@link #stream}
 * returns only because of {@link #close()}, and throws whatever else ended it.
 *
 * <p>The library does the connection, encryption and login, and asks for the binlog; from the first
 * event on, the bytes are ours: its own loop would drop an event that it cannot decode, and an
 * exception of the one it calls.
 *
 * <p>{@code stream} is called once, on one thread; {@code close} on any.
 */
public final class BinlogClient implements AutoCloseable {

    private static final int LONGEST_PACKET = 0xffffff;
    private static final int ERROR = 0xff;
    private static final int END = 0xfe;

    /** A link without a sign of life for so many heartbeats is taken for dead. */
    private static final int MISSED_HEARTBEATS = 4;

    private final String host;
    private final int port;
    private final long serverId;
    private final Duration heartbeatInterval;
    private final Connection connection;

    private volatile boolean closed;
    private volatile Socket socket;
    private BinlogPosition from;
    private Gtids gtids;
    private BinlogDecoder decoder;
    private Throwable failure;
    private boolean decoding;

    private BinlogClient(Builder builder) {
        host = builder.host;
        port = builder.port;
        serverId = builder.serverId;
        heartbeatInterval = builder.heartbeatInterval;
        connection = new Connection(builder);
    }

    /**
     * Begins the settings of a client; {@link Builder#login} and {@link Builder#serverId} (or
     * {@link Builder#unregistered}) must follow.
     */
    public static Builder to(String host, int port) {
        return new Builder(host, port);
    }

    /** The settings of a client. */
    public static final class Builder {

        private final String host;
        private final int port;
        private String user;
        private String password;
        private Tls tls = Tls.of(SslMode.PREFERRED);
        private long serverId;
        private boolean unregistered;
        private Duration connectTimeout = Duration.ofSeconds(30);
        private Duration heartbeatInterval = Duration.ofSeconds(5);

        private Builder(String host, int port) {
            this.host = Objects.requireNonNull(host, "host");
            this.port = port;
        }

        /** A user with REPLICATION SLAVE and REPLICATION CLIENT. */
        public Builder login(String newUser, String newPassword) {
            user = newUser;
            password = newPassword;
            return this;
        }

        /** Default: PREFERRED. */
        public Builder tls(Tls newTls) {
            tls = newTls;
            return this;
        }

        /** A number from 1 to 2^32 - 1 that no replica and no other reader of this server has. */
        public Builder serverId(long id) {
            serverId = id;
            return this;
        }

        /**
         * For a look at what is in the binlog already, instead of {@link #serverId}: it clashes
         * with no other reader, and the server ends the stream at the binlog's end.
         */
        public Builder unregistered() {
            unregistered = true;
            return this;
        }

        /** For connection and login together; default: 30 s. */
        public Builder connectTimeout(Duration timeout) {
            connectTimeout = timeout;
            return this;
        }

        /**
         * How often an idle server gives a sign of life, which moves the position on; without one
         * for four times as long the link is taken for dead. Default: 5 s.
         */
        public Builder heartbeatInterval(Duration interval) {
            heartbeatInterval = interval;
            return this;
        }

        public BinlogClient build() {
            Objects.requireNonNull(user, "login");
            if (unregistered ? serverId != 0 : serverId < 1 || serverId > 0xffffffffL) {
                throw new IllegalArgumentException(
                        "server id must be 1 to 4294967295 (unregistered: none), found "
                                + serverId);
            }
            return new BinlogClient(this);
        }
    }

    /**
     * Reads from a place on, until {@link #close()}.
     *
     * @param fromPosition a place between transactions; not used if there are GTIDs, then it may be
     *     null
     * @param gtidsOrNull the transactions that need not come, if the server has GTIDs; else null
     * @param handler takes what is read, on this thread
     * @throws IOException whatever ended the stream, other than {@code close}: what the connection
     *     or the server said, what could not be decoded, or what the handler threw (as the cause).
     *     The message names server and position
     */
    public void stream(BinlogPosition fromPosition, Gtids gtidsOrNull, BinlogHandler handler)
            throws IOException {
        if (decoder != null) {
            throw new IllegalStateException("A binlog client streams once");
        }
        if (fromPosition == null && gtidsOrNull == null) {
            throw new IllegalArgumentException("A position or a GTID set must be given");
        }
        from = fromPosition;
        gtids = gtidsOrNull == null ? null : gtidsOrNull.copy();
        decoder = new BinlogDecoder(handler);
        try {
            connection.connect();
        } catch (IOException | RuntimeException e) {
            fail(e);
        } finally {
            closeSocket();
        }
        if (failure instanceof InterruptedException) {
            Thread.currentThread().interrupt();
        }
        // What the connection says after it was closed is no news; what the handler or the decoder
        // says is.
        if (closed && (!decoding || failure == null || failure instanceof InterruptedException)) {
            return;
        }
        throw describe(failure);
    }

    /** Ends the stream: {@code stream} returns as soon as the handler does. Can be called again. */
    @Override
    public void close() {
        closed = true;
        closeSocket();
    }

    private void closeSocket() {
        Socket open = socket;
        if (open != null) {
            try {
                open.close();
            } catch (IOException e) {
                fail(e);
            }
        }
    }

    /** The first failure counts, the others follow from it. */
    private void fail(Throwable cause) {
        if (failure == null) {
            failure = cause;
        }
    }

    private BinlogException describe(Throwable cause) {
        if (cause instanceof Error) {
            throw (Error) cause;
        }
        BinlogPosition at = decoder.position();
        StringBuilder message =
                new StringBuilder("The binlog of ").append(host).append(':').append(port);
        if (at != null) {
            message.append(" cannot be read on after ").append(at);
        } else {
            message.append(" cannot be read from ")
                    .append(gtids != null ? "after GTIDs '" + gtids + "'" : from.toString());
        }
        message.append(": ").append(reason(cause));
        return new BinlogException(message.toString(), cause);
    }

    private String reason(Throwable cause) {
        if (cause == null) {
            return "the connection ended";
        }
        if (cause instanceof AuthenticationException) {
            return "the server refuses the login: " + cause.getMessage();
        }
        if (cause instanceof ServerException) {
            ServerException error = (ServerException) cause;
            String said = String.valueOf(error.getMessage());
            return "the server says: "
                    + said
                    + " (error "
                    + error.getErrorCode()
                    + ")"
                    + advice(error.getErrorCode(), said);
        }
        if (cause instanceof SocketTimeoutException) {
            return "no byte came for "
                    + MISSED_HEARTBEATS
                    + " heartbeats of "
                    + heartbeatInterval.toMillis()
                    + " ms: the link is dead";
        }
        return cause.getMessage() == null ? cause.toString() : cause.getMessage();
    }

    private String advice(int code, String said) {
        if (said.contains("same server_uuid") || said.contains("same server_id")) {
            return ". Another reader or replica has server id " + serverId + ": give each its own";
        }
        if (said.contains("anonymous transaction when") || said.contains("GTID-transaction when")) {
            return ". gtid_mode was switched before the reader had passed what was written before: set"
                    + " it to ON_PERMISSIVE or OFF_PERMISSIVE until it has";
        }
        if (code == 1236) {
            return ". If what is needed is purged there, the tables must be read again, and binlogs kept for longer";
        }
        return "";
    }

    /**
     * The library's client, with our own request, and our own loop in the place where it decodes
     * its first event.
     */
    private final class Connection extends BinaryLogClient {

        Connection(Builder builder) {
            super(builder.host, builder.port, builder.user, builder.password);
            setServerId(builder.serverId);
            setKeepAlive(false);
            setBlocking(true);
            setConnectTimeout(builder.connectTimeout.toMillis());
            setHeartbeatInterval(builder.heartbeatInterval.toMillis());
            setSSLMode(librarySslMode(builder.tls.mode()));
            setSslSocketFactory(raw -> builder.tls.over(raw, builder.host, builder.port));
            setSocketFactory(
                    () -> {
                        Socket created = new Socket();
                        created.setTcpNoDelay(true);
                        created.setKeepAlive(true);
                        created.setSoTimeout((int) builder.connectTimeout.toMillis());
                        socket = created;
                        if (closed) {
                            throw new SocketException("the client was closed");
                        }
                        return created;
                    });
            setEventDeserializer(new Loop());
            registerLifecycleListener(
                    new AbstractLifecycleListener() {
                        @Override
                        public void onCommunicationFailure(BinaryLogClient client, Exception e) {
                            fail(e);
                        }

                        @Override
                        public void onEventDeserializationFailure(
                                BinaryLogClient client, Exception e) {
                            fail(e);
                            closeSocket();
                        }
                    });
            // The library asks for its own position unless it has one; ours goes with our own
            // request.
            setBinlogFilename("");
        }

        @Override
        protected void setupConnection() throws IOException {
            super.setupConnection();
            // Whatever checksums the server writes now: its older files may have others, and each
            // event is judged by its own file.
            execute("set @master_binlog_checksum = 'CRC32'");
            // A handler may be held up for longer than the minute after which the server would hang
            // up.
            execute("set net_write_timeout = 3600");
            // MariaDB sends its own events, among them GTIDs, only to who says that he knows them;
            // for MySQL it is a variable like any other.
            execute("set @mariadb_slave_capability = 4");
            if (gtids != null && gtids.areOfMariaDb()) {
                execute("set @slave_connect_state = '" + gtids + "'");
                execute("set @slave_gtid_strict_mode = 0");
            }
        }

        private void execute(String sql) throws IOException {
            channel.write(new QueryCommand(sql));
            checkError(channel.read());
        }

        @Override
        protected void requestBinaryLogStream() throws IOException {
            byte[] request =
                    gtids == null
                            ? DumpRequest.from(serverId, from)
                            : gtids.areOfMariaDb()
                                    ? DumpRequest.fromConnectState(serverId)
                                    : DumpRequest.after(serverId, (GtidSet) gtids);
            channel.write(() -> request);
        }
    }

    private static SSLMode librarySslMode(SslMode mode) {
        switch (mode) {
            case DISABLED:
                return SSLMode.DISABLED;
            case PREFERRED:
                return SSLMode.PREFERRED;
            case REQUIRED:
                return SSLMode.REQUIRED;
            case VERIFY_CA:
            case VERIFY_IDENTITY:
                // The socket itself verifies: the library would compare the name that the address
                // resolves back to, not the one that was asked for.
                return SSLMode.VERIFY_CA;
        }
        throw new AssertionError(mode);
    }

    /**
     * Called by the library for its first event; it reads that and all others, and never gives one
     * back.
     */
    private final class Loop extends EventDeserializer {

        private byte[] buffer = new byte[64 << 10];

        @Override
        public Event nextEvent(ByteArrayInputStream in) throws IOException {
            try {
                socket.setSoTimeout((int) heartbeatInterval.toMillis() * MISSED_HEARTBEATS);
                readFirst(in);
                while (!closed) {
                    readNext(in);
                }
            } catch (Throwable e) {
                fail(e);
            }
            // The one way to make the library end: it takes this for the end of the connection.
            throw new EOFException("the binlog stream ended");
        }

        /** The library has read the packet's header; the event's own header tells its length. */
        private void readFirst(InputStream in) throws Exception {
            fill(in, 0, BinlogDecoder.HEADER);
            int length = eventLength();
            if (length < BinlogDecoder.HEADER || length >= LONGEST_PACKET) {
                throw new BinlogException("the first event has " + length + " bytes");
            }
            fill(in, BinlogDecoder.HEADER, length - BinlogDecoder.HEADER);
            decode(length);
        }

        /** One event: a packet, or several if the packets before are of the greatest length. */
        private void readNext(InputStream in) throws Exception {
            fill(in, 0, 5);
            int packet = packetLength();
            int marker = buffer[4] & 0xff;
            int length = packet - 1;
            fill(in, 0, length);
            if (marker == ERROR) {
                ErrorPacket error = new ErrorPacket(Arrays.copyOf(buffer, length));
                throw new ServerException(
                        error.getErrorMessage(), error.getErrorCode(), error.getSqlState());
            }
            if (marker == END) {
                throw new EOFException("the server ended the stream");
            }
            if (packet == LONGEST_PACKET) {
                // At once: grown packet by packet, a large event would need several times its size.
                reserve(Math.max(length, eventLength()) + 4);
            }
            while (packet == LONGEST_PACKET) {
                fill(in, length, 4);
                packet =
                        (buffer[length] & 0xff)
                                | (buffer[length + 1] & 0xff) << 8
                                | (buffer[length + 2] & 0xff) << 16;
                fill(in, length, packet);
                length += packet;
            }
            decode(length);
            if (buffer.length > BinlogDecoder.LARGEST_KEPT_BUFFER) {
                buffer = new byte[64 << 10];
            }
        }

        private void decode(int length) throws Exception {
            decoding = true;
            decoder.event(buffer, 0, length);
            decoding = false;
        }

        private int packetLength() {
            return (buffer[0] & 0xff) | (buffer[1] & 0xff) << 8 | (buffer[2] & 0xff) << 16;
        }

        /** As the event's own header says, which is in the buffer. */
        private int eventLength() {
            return (buffer[9] & 0xff)
                    | (buffer[10] & 0xff) << 8
                    | (buffer[11] & 0xff) << 16
                    | buffer[12] << 24;
        }

        private void reserve(int length) {
            if (length > buffer.length) {
                buffer = Arrays.copyOf(buffer, length);
            }
        }

        private void fill(InputStream in, int at, int length) throws IOException {
            if (at + length > buffer.length) {
                long twice = Math.min(2L * buffer.length, Integer.MAX_VALUE - 16);
                reserve((int) Math.max(at + length, twice));
            }
            int done = 0;
            while (done < length) {
                int read = in.read(buffer, at + done, length - done);
                if (read < 0) {
                    throw new EOFException("the server closed the connection");
                }
                done += read;
            }
        }
    }
}
