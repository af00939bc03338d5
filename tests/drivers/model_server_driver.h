#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "client/session.h"
#include "link/link.h"
#include "link/pipe.h"
#include "wire/frames.h"
#include "wire/palabre.pb.h"

namespace palabre::client {

/// A model of the server for members, made of maps and loops: stores posts by their ids, numbers
/// them, and sends every peer the messages after its cursor.
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
    /// Answers that wait for their place in the log.
    std::map<std::pair<std::string, std::uint64_t>, proto::Event> due;
    std::optional<std::string> refused_id;  ///< the post to repeat before any other is accepted
    std::vector<proto::Command> commands;   ///< all commands received
  };

  /// Refuses about `refusals` posts in a thousand as transient.
  explicit ModelServer(std::uint64_t seed, unsigned refusals = 0);

  void challenge(Peer& peer);
  void read(Peer& peer, std::string_view bytes);
  /// Sends the peer everything due in all of its rooms.
  void deliver(Peer& peer);
  void say(const std::string& room, const std::string& author, const std::string& text);

  static std::uint64_t id_of(const std::string& room) { return std::hash<std::string>{}(room) | 1; }
  static void send(Peer& peer, const proto::Event& event) { wire::append_frame(event, peer.out); }

  std::map<std::string, Room> rooms;
  std::set<std::string> taken_nicks;
  unsigned refuse_next = 0;  ///< the number of next posts to refuse as transient
  std::map<std::string, std::pair<std::string, std::uint64_t>> ids;

 private:
  bool happens(unsigned in_a_thousand) { return random_() % 1000 < in_a_thousand; }

  proto::Event message(const std::string& name, std::uint64_t number);
  void answer(Peer& peer, const proto::Command& command);
  void login(Peer& peer, const proto::Login& login, proto::Event& event);
  void join(Peer& peer, const proto::Join& join, proto::Event& event);
  /// Pending answers of the room are sent without their place in the log.
  void leave(Peer& peer, const proto::Leave& leave, proto::Event& event);
  void post(Peer& peer, const proto::Post& post, proto::Event& event);

  std::mt19937_64 random_;
  unsigned refusals_;
};

/// A link whose server side is the model, which reads received bytes when told to.
class ModelLink final : public link::LinkUser {
 public:
  static constexpr auto kServer = link::Pipe::Side::kServer;
  static constexpr auto kClient = link::Pipe::Side::kClient;
  static constexpr std::size_t kWindow = std::size_t{256} << 10;
  static constexpr std::size_t kAll = ~std::size_t{0};

  /// Borrows the model, and the client's user.
  ModelLink(ModelServer& model, link::LinkUser& user, std::optional<link::Link::Exporter> exporter);

  void open(Instant now);
  /// Delivers up to `most` of the client's bytes, which then wait to be read.
  void carry_to_model(std::size_t most, Instant now) { pipe.carry(kClient, most, now); }
  /// Reads the delivered bytes. False: there were none.
  bool read();
  /// Puts the model's output on its way.
  void say();
  void say(std::string bytes);
  void carry_to_client(std::size_t most, Instant now) { pipe.carry(kServer, most, now); }
  /// Cuts the client's side; bytes that it has sent may still arrive.
  void cut(Instant now) { pipe.finish(kClient, {false, 0, "The network is gone."}, now); }

  link::Link& client() { return pipe.end(kClient); }
  /// Bytes of the client in flight.
  std::size_t sent() const { return pipe.on_the_way(kClient); }
  /// How the client has closed the link, if it has.
  const std::optional<Closed>& closed() const { return pipe.closing(kClient); }

  void on_open(link::Link& /*link*/, Instant /*now*/) override { model_.challenge(peer); }
  void on_bytes(link::Link& link, std::string_view bytes, Instant /*now*/) override;
  void on_datagram(link::Link& /*link*/, std::string_view /*bytes*/, Instant /*now*/) override {}
  void on_room(link::Link& /*link*/, Instant /*now*/) override {}
  void on_closed(link::Link& /*link*/, const Closed& /*how*/, Instant /*now*/) override {}

  link::Pipe pipe;
  ModelServer::Peer peer;
  std::string heard;  ///< delivered and not read yet

 private:
  ModelServer& model_;
};

/// A session and a model server, connected by links that the test opens and cuts.
class Wired {
 public:
  explicit Wired(std::vector<std::string> nicks = {"awa"}, std::uint64_t seed = 1);

  /// Opens a new link; the previous one stays cut if it was.
  void open();
  /// Carries bytes in both directions until nothing moves.
  void settle();
  bool to_server();
  bool to_session();
  /// Bytes that the session has sent and the server has not read.
  std::string& sent();
  /// Cuts the link; bytes in flight are lost.
  void cut();
  void take();
  /// Takes all outcomes of type T.
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
  void give(std::string bytes);
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

/// A session that is logged in and in the lobby.
struct InLobby : Wired {
  InLobby();
  PostId say(const std::string& text);
};

}  // namespace palabre::client
