#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "client/session.h"
#include "link/link.h"
#include "link/pipe.h"
#include "wire/frames.h"
#include "wire/palabre.pb.h"

namespace palabre::client {

/// What a server must be to members, as maps and loops: keeps posts by their ids, numbers them, and
/// sends every peer what comes after its cursor.
class ModelServer {
 public:
  struct Entry {
    std::string author;
    std::string text;
  };
  struct Room {
    std::uint64_t log = 1;
    std::vector<Entry> entries;
  };
  struct Peer {
    std::string out;
    wire::FrameReader frames;
    std::string nick;
    std::map<std::string, std::uint64_t> cursors;
    /// Answers that wait for their place.
    std::map<std::pair<std::string, std::uint64_t>, proto::Event> due;
    std::optional<std::string> refused_id;  ///< nothing else is taken until it comes again
    std::vector<proto::Command> commands;   ///< all that came
  };

  /// Refuses about so many posts in a thousand for the moment.
  explicit ModelServer(std::uint64_t seed, unsigned refusals = 0)
      : random_(seed), refusals_(refusals) {}

  void challenge(Peer& peer) {
    proto::Event event;
    event.mutable_challenge()->set_nonce(std::string(32, 's'));
    send(peer, event);
  }

  void read(Peer& peer, std::string_view bytes) {
    peer.frames.add(bytes);
    while (const auto frame = peer.frames.next()) {
      proto::Command command;
      ASSERT_TRUE(command.ParseFromArray(frame->data(), static_cast<int>(frame->size())));
      peer.commands.push_back(command);
      answer(peer, command);
    }
  }

  /// What is due to it in all of its rooms.
  void deliver(Peer& peer) {
    for (auto& [name, cursor] : peer.cursors) {
      const Room& room = rooms[name];
      for (; cursor < room.entries.size(); ++cursor) {
        const auto due = peer.due.extract({name, cursor + 1});
        if (due.empty()) {
          send(peer, message(name, cursor + 1));
        } else {
          send(peer, due.mapped());
        }
      }
    }
  }

  void say(const std::string& room, const std::string& author, const std::string& text) {
    rooms[room].entries.push_back({author, text});
  }

  static std::uint64_t id_of(const std::string& room) { return std::hash<std::string>{}(room) | 1; }

  static void send(Peer& peer, const proto::Event& event) { wire::append_frame(event, peer.out); }

  std::map<std::string, Room> rooms;
  std::set<std::string> taken_nicks;
  unsigned refuse_next = 0;  ///< so many posts, for the moment
  std::map<std::string, std::pair<std::string, std::uint64_t>> ids;

 private:
  bool happens(unsigned in_a_thousand) { return random_() % 1000 < in_a_thousand; }

  proto::Event message(const std::string& name, std::uint64_t number) {
    const Entry& entry = rooms[name].entries[number - 1];
    proto::Event event;
    auto& message = *event.mutable_message();
    message.set_room_id(id_of(name));
    message.set_number(number);
    message.set_author(entry.author);
    message.set_text(entry.text);
    return event;
  }

  void answer(Peer& peer, const proto::Command& command) {
    proto::Event event;
    event.set_tag(command.tag());
    switch (command.what_case()) {
      case proto::Command::kLogin:
        return login(peer, command.login(), event);
      case proto::Command::kJoin:
        return join(peer, command.join(), event);
      case proto::Command::kLeave:
        return leave(peer, command.leave(), event);
      case proto::Command::kPost:
        return post(peer, command.post(), event);
      case proto::Command::kPing:
        event.mutable_pong();
        return send(peer, event);
      default:
        return;
    }
  }

  void login(Peer& peer, const proto::Login& login, proto::Event& event) {
    if (taken_nicks.contains(login.nick())) {
      event.mutable_refused()->set_why(proto::Refused::NICK_TAKEN);
      event.mutable_refused()->set_words(login.nick() + " is taken.");
      send(peer, event);
      return challenge(peer);
    }
    peer.nick = login.nick();
    event.mutable_welcome()->set_nick(login.nick());
    send(peer, event);
  }

  void join(Peer& peer, const proto::Join& join, proto::Event& event) {
    Room& room = rooms[join.room()];
    const std::uint64_t end = room.entries.size();
    std::uint64_t after = end - std::min<std::uint64_t>(end, join.last());
    auto& joined = *event.mutable_joined();
    joined.set_room_id(id_of(join.room()));
    joined.set_room(join.room());
    joined.set_log(room.log);
    joined.set_end(end);
    joined.set_kept(true);
    send(peer, event);
    if (join.has_after() && join.after().log() == room.log) {
      after = join.after().number();
    } else if (join.has_after()) {
      proto::Event gap;
      gap.mutable_gap()->set_room_id(id_of(join.room()));
      gap.mutable_gap()->set_why(proto::Gap::NEW_LOG);
      send(peer, gap);
      after = 0;
    }
    peer.cursors[join.room()] = after;
  }

  /// Answers of the room that wait for their place come without one.
  void leave(Peer& peer, const proto::Leave& leave, proto::Event& event) {
    if (peer.cursors.erase(leave.room()) == 0) return;
    for (auto due = peer.due.begin(); due != peer.due.end();) {
      const bool is_of_it = due->first.first == leave.room();
      if (is_of_it) send(peer, due->second);
      due = is_of_it ? peer.due.erase(due) : std::next(due);
    }
    event.mutable_left()->set_room_id(id_of(leave.room()));
    send(peer, event);
  }

  void post(Peer& peer, const proto::Post& post, proto::Event& event) {
    if (!peer.cursors.contains(post.room())) {
      if (peer.refused_id == post.id()) peer.refused_id.reset();
      event.mutable_refused()->set_why(proto::Refused::NOT_JOINED);
      event.mutable_refused()->set_id(post.id());
      return send(peer, event);
    }
    const bool is_refused = refuse_next > 0 || happens(refusals_);
    if (peer.refused_id.value_or(post.id()) != post.id() || is_refused) {
      if (refuse_next > 0) --refuse_next;
      if (!peer.refused_id) peer.refused_id = post.id();
      event.mutable_refused()->set_why(happens(500) ? proto::Refused::TOO_FAST
                                                    : proto::Refused::CANNOT_KEEP);
      event.mutable_refused()->set_id(post.id());
      return send(peer, event);
    }
    peer.refused_id.reset();
    Room& room = rooms[post.room()];
    const auto [known, is_new] = ids.try_emplace(post.id(), post.room(), room.entries.size() + 1);
    if (is_new) room.entries.push_back({peer.nick, post.text()});
    const std::uint64_t number = known->second.second;
    auto& answer = *event.mutable_acknowledged();
    answer.set_room_id(id_of(post.room()));
    answer.set_number(number);
    answer.set_id(post.id());
    answer.set_kept(true);
    answer.set_repeated(!is_new);
    // Whether one that is repeated comes at once or in its place is the server's to choose.
    if (number <= peer.cursors[post.room()] || (!is_new && happens(500))) {
      return send(peer, event);
    }
    peer.due.emplace(std::pair{post.room(), number}, event);
  }

  std::mt19937_64 random_;
  unsigned refusals_;
};

/// A link whose server's end is the model's, which reads what has come there when it is told to.
class ModelLink final : public link::LinkUser {
 public:
  static constexpr auto kServer = link::Pipe::Side::kServer;
  static constexpr auto kClient = link::Pipe::Side::kClient;
  static constexpr std::size_t kWindow = std::size_t{256} << 10;
  static constexpr std::size_t kAll = ~std::size_t{0};

  /// Borrows the model, and the user of the client's end.
  ModelLink(ModelServer& model, link::LinkUser& user, std::optional<link::Link::Exporter> exporter)
      : pipe({.window = kWindow, .exporter = exporter}), model_(model) {
    pipe.connect(kServer, this);
    pipe.connect(kClient, &user);
  }

  void open(Instant now) {
    pipe.open(kServer, now);
    pipe.open(kClient, now);
  }
  /// So many of the bytes that the client has sent come, and wait to be read.
  void carry_to_model(std::size_t most, Instant now) { pipe.carry(kClient, most, now); }
  /// Whether there was anything.
  bool read() {
    const std::string bytes = std::exchange(heard, {});
    model_.read(peer, bytes);
    return !bytes.empty();
  }
  /// What the model has to say is on the way from now on.
  void say() {
    if (!peer.out.empty()) say(std::exchange(peer.out, {}));
  }
  void say(std::string bytes) {
    pipe.end(kServer).send(std::make_shared<const std::string>(std::move(bytes)));
  }
  void carry_to_client(std::size_t most, Instant now) { pipe.carry(kServer, most, now); }
  /// The client's end is gone; what it has sent may come for all that.
  void cut(Instant now) { pipe.finish(kClient, {false, 0, "The network is gone."}, now); }

  link::Link& client() { return pipe.end(kClient); }
  /// Bytes that the client has sent, and that have not come.
  std::size_t sent() const { return pipe.on_the_way(kClient); }
  /// How the client has closed it.
  const std::optional<Closed>& closed() const { return pipe.closing(kClient); }

  void on_open(link::Link& /*link*/, Instant /*now*/) override { model_.challenge(peer); }
  void on_bytes(link::Link& link, std::string_view bytes, Instant /*now*/) override {
    heard += bytes;
    link.consumed(bytes.size());
  }
  void on_datagram(link::Link& /*link*/, std::string_view /*bytes*/, Instant /*now*/) override {}
  void on_room(link::Link& /*link*/, Instant /*now*/) override {}
  void on_closed(link::Link& /*link*/, const Closed& /*how*/, Instant /*now*/) override {}

  link::Pipe pipe;
  ModelServer::Peer peer;
  std::string heard;  ///< what has come, and is not read yet

 private:
  ModelServer& model_;
};

/// A session and a server, joined by links that are opened and cut by hand.
class Wired {
 public:
  explicit Wired(std::vector<std::string> nicks = {"awa"}, std::uint64_t seed = 1)
      : server(seed),
        session({std::string(32, 'k'),
                 [this](const auto& s, const auto& c, const auto& exporter) {
                   proofs.emplace_back(std::string(s.begin(), s.end()),
                                       std::string(c.begin(), c.end()),
                                       std::string(exporter->begin(), exporter->end()));
                   return std::string(64, 'p');
                 },
                 std::move(nicks), "test"},
                [this] { return ++randoms; }) {}

  /// A new link; the one before stays cut if it was.
  void open() {
    links.push_back(std::make_unique<ModelLink>(server, session, next_exporter));
    link().open(now);
  }
  /// Carries everything to and fro until nothing moves.
  void settle() {
    for (int i = 0; i < 100 && (to_server() || to_session()); ++i) {
    }
    take();
  }
  bool to_server() {
    sent();
    return link().read();
  }
  bool to_session() {
    server.deliver(peer());
    link().say();
    const bool has_any = link().pipe.can_carry(ModelLink::kServer);
    link().carry_to_client(ModelLink::kAll, now);
    return has_any;
  }
  /// What the session has sent, and the server has not read.
  std::string& sent() {
    link().carry_to_model(ModelLink::kAll, now);
    return link().heard;
  }
  /// What was under way is lost.
  void cut() {
    link().pipe.connect(ModelLink::kServer, nullptr);
    link().heard.clear();
    peer().out.clear();
    link().cut(now);
    take();
  }
  void take() {
    for (Outcome& outcome : session.take_outcomes()) outcomes.push_back(std::move(outcome));
  }
  /// Those of a kind, once.
  template <typename T>
  std::vector<T> all() {
    take();
    std::vector<T> found;
    std::vector<Outcome> others;
    for (Outcome& outcome : outcomes) {
      if (auto* const one = std::get_if<T>(&outcome)) {
        found.push_back(std::move(*one));
      } else {
        others.push_back(std::move(outcome));
      }
    }
    outcomes = std::move(others);
    return found;
  }
  void give(const proto::Event& event) { give(wire::encode_frame(event)); }
  void give(std::string bytes) {
    link().say(std::move(bytes));
    link().carry_to_client(ModelLink::kAll, now);
  }
  ModelLink& link() { return *links.back(); }
  ModelServer::Peer& peer() { return link().peer; }

  std::uint64_t randoms = 0;
  std::vector<std::tuple<std::string, std::string, std::string>> proofs;
  ModelServer server;
  Session session;
  Instant now{std::chrono::hours(1)};
  std::optional<link::Link::Exporter> next_exporter = link::Link::Exporter{};
  std::vector<std::unique_ptr<ModelLink>> links;
  std::vector<Outcome> outcomes;
};

inline const chat::RoomName kLobby{"lobby"};

/// Logged in, in the lobby.
struct InLobby : Wired {
  InLobby() {
    session.join(kLobby, {}, now);
    open();
    settle();
    outcomes.clear();
  }
  PostId say(const std::string& text) {
    const auto post = session.post(kLobby, chat::Kind::kText, text, now);
    EXPECT_TRUE(post);
    return post.value_or(PostId{});
  }
};

}  // namespace palabre::client
