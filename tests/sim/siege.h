#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/address.h"
#include "client/session.h"
#include "drivers/key_pair.h"
#include "link/link.h"
#include "link/quic/admission.h"
#include "sqlite_disk.h"
#include "stored_history.h"
#include "wire/frames.h"
#include "wire/palabre.pb.h"
#include "world.h"

// A public place under siege: honest members and guests beside attackers, on a whole server with
// the real store, in simulated time. It knows none of the server's rules: it measures what the
// honest get, and what the attackers take.

namespace palabre::sim {

class Siege;

/// The resources that the attackers may take, until the end of the siege.
struct Budget {
  std::uintmax_t disk_bytes = std::uintmax_t{48} << 20;
  std::uint64_t members = 200;  ///< new members of the registry
  std::uint64_t registry_lines = 1'000;
  std::uint64_t kept_rooms = 200;
  std::uint64_t ids = 100'000;  ///< remembered message IDs
  std::uint64_t open_rooms = 64;
};

/// The faults found, in words; and the figures.
struct Harm {
  std::vector<std::string> words;  ///< empty: the place holds
  std::string figures;
  void add(std::string what);
  std::uint64_t more = 0;  ///< beyond those in `words`
  std::string text() const;
};

/// A member of good will, with the client's real session: enters the lobby, says something now and
/// then, opens a room of its own, writes to a friend, goes and comes back.
class Citizen {
 public:
  Citizen(Siege& siege, std::size_t number);

  /// Dials, and wants to be in the lobby within two seconds.
  void arrive();
  void leave();
  void speak();
  void open_room();
  /// A private message to another citizen, who shall see it.
  void write_to(std::size_t other);

  const std::string& nick() const { return nick_; }
  bool is_in() const { return in_since_.has_value(); }
  void set_away(const std::string& note);
  void check(Harm& harm) const;

 private:
  friend class Siege;
  /// Something that must happen soon.
  struct Due {
    Instant since;
    std::string what;
    bool may_go = false;  ///< it is void when its link goes
  };

  void live();
  void look();
  void see(const client::Joined& joined);
  void see(const client::Welcomed& welcomed);
  void see(const client::AskedToWrite& asked);
  void see(const client::Contacts& contacts);
  void accept(const std::string& nick);
  void see(const client::Shown& shown);
  void see(const client::Kept& kept);
  void see(const client::PostRefused& refused);
  void see(const client::JoinRefused& refused);
  void see(const client::Missed& missed);
  void see(const client::Ended& ended);
  void see(const client::Offline& offline);
  template <typename Other>
  void see(const Other& /*outcome*/) {}
  void post(const std::string& room, const std::string& text);
  void is_done(const std::string& what);

  Siege& siege_;
  const std::size_t number_;
  const std::string nick_;
  const Address address_;
  const KeyPair keys_;
  std::unique_ptr<client::Session> session_;
  std::vector<std::shared_ptr<Conduit>> pipes_;
  Instant dial_at_;
  bool is_away_ = true;              ///< has left, and does not dial
  std::optional<Instant> in_since_;  ///< in the lobby, on this link
  std::map<std::string, Due> due_;
  std::set<std::string> rooms_;
  std::vector<bool> heard_;  ///< by number of what was said in the lobby
  std::uint64_t private_ = 0;
};

/// A guest of good will, with netcat.
class Neighbour {
 public:
  Neighbour(Siege& siege, std::size_t number);
  void arrive();
  void speak();
  void leave();
  void hear(const std::string& bytes);
  void check(Harm& harm) const;

 private:
  Siege& siege_;
  const Address address_;
  bool is_in_ = false;
  std::optional<Instant> enters_since_;
  std::map<std::string, Instant> unanswered_;  // by ID
  std::uint64_t said_ = 0;
};

/// One connection of an attacker, which sends any frame as fast as it may.
class Raider final : public link::LinkUser {
 public:
  Raider(Siege& siege, const KeyPair& keys, std::string nick, const Address& address);
  ~Raider() override;
  Raider(const Raider&) = delete;
  Raider& operator=(const Raider&) = delete;

  void dial();
  void hang_up();
  bool has_hung_up() const { return pipe_ == nullptr; }
  bool is_online() const { return link_ != nullptr && is_online_; }
  /// Bytes that were sent and have not been taken by the server.
  bool has_room() const { return is_online() && link_->room() > 4096; }
  void send(const proto::Command& command);

  // The usual frames.
  void join(const std::string& room);
  void leave(const std::string& room);
  void post(const std::string& room, const std::string& text);

  /// After the login; and for every event after it.
  std::function<void()> on_online;
  std::function<void(const proto::Event&)> on_event;

  void on_open(link::Link& link, Instant now) override;
  void on_bytes(link::Link& link, std::string_view bytes, Instant now) override;
  void on_datagram(link::Link& /*link*/, std::string_view /*bytes*/, Instant /*now*/) override {}
  void on_room(link::Link& /*link*/, Instant /*now*/) override {}
  void on_closed(link::Link& link, const Closed& how, Instant now) override;

 private:
  Siege& siege_;
  const KeyPair keys_;
  const std::string nick_;
  const Address address_;
  std::shared_ptr<Conduit> pipe_;
  link::Link* link_ = nullptr;
  wire::FrameReader frames_;
  bool is_online_ = false;
  std::uint64_t posts_ = 0;
};

/// The attackers' addresses: `count` of IPv4, each in a /24 of its own; or of one IPv6 /48, each in
/// a /64 of its own.
enum class From { kV4, kV6 };

class Siege {
 public:
  struct Place {
    std::size_t citizens = 100;
    std::size_t neighbours = 20;
    chat::Limits limits = {};
    store::Options store = {};
    guard::Policy policy = public_place();
    link::QuicLimits links = {};
  };
  static guard::Policy public_place();

  Siege(std::uint64_t seed, const Place& place);
  ~Siege();
  Siege(const Siege&) = delete;
  Siege& operator=(const Siege&) = delete;

  /// Everybody arrives and talks, for so long, without attackers.
  void peace(Duration time);
  /// `attack` begins; everybody goes on for so long, and is watched.
  void besiege(const std::function<void(Siege&)>& attack, Duration time);
  /// The losses of the honest, and the resources taken beyond the budget.
  Harm harm(const Budget& budget);

  /// Repeats `what` at this pace until the siege is over.
  void repeat(Duration every, const std::function<void()>& what);
  Raider& raider(std::uint64_t key, const Address& address);
  /// Attackers that have hung up are forgotten.
  void forget_raiders();
  static Address address(From from, std::size_t number, std::uint16_t port);

  World& world() { return *world_; }
  Citizen& citizen(std::size_t number) { return *citizens_.at(number); }
  std::size_t citizens() const { return citizens_.size(); }
  std::shared_ptr<Conduit> dial(link::LinkUser& user, const Address& from);
  /// Something that no rule may let happen.
  void note(std::string what) { harm_.add(std::move(what)); }

  /// Figures of the place now.
  struct Taken {
    std::uintmax_t disk_bytes = 0;
    std::uint64_t members = 0;
    std::uint64_t registry_lines = 0;
    std::uint64_t kept_rooms = 0;
    std::uint64_t ids = 0;
    std::uint64_t open_rooms = 0;
    std::uint64_t honest = 0;  ///< messages of the honest that can be read
  };
  Taken taken();

  static constexpr Duration kPatience = std::chrono::seconds(2);

 private:
  friend class Citizen;
  friend class Neighbour;
  /// A citizen's message in the lobby, which everybody must hear.
  struct Said {
    std::string text;
    Instant at;
  };

  std::unique_ptr<chat::History> open(const Outside& outside);
  void plan_honest(Duration time);
  void watch();
  Random& random() { return world_->random(); }
  Instant now() const { return world_ ? world_->now() : Instant{}; }
  std::int64_t wall() const;

  const Place place_;
  SqliteDisk disk_;
  Harm harm_;
  Taken before_;
  std::uint64_t honest_kept_ = 0;
  std::vector<Said> said_;
  std::map<std::string, std::size_t> said_by_text_;
  bool is_over_ = false;
  struct Connection {
    std::weak_ptr<Conduit> pipe;
    Ip ip;
  };
  std::unique_ptr<link::QuicAdmission> admission_;
  std::vector<Connection> connections_;
  std::unique_ptr<World> world_;
  std::map<std::string, Neighbour*> by_address_;
  std::vector<std::unique_ptr<Citizen>> citizens_;
  std::vector<std::unique_ptr<Neighbour>> neighbours_;
  std::vector<std::unique_ptr<Raider>> raiders_;
};

}  // namespace palabre::sim
