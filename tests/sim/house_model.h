#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/address.h"
#include "chat/history.h"
#include "chat/hub.h"
#include "drivers/key_pair.h"
#include "random.h"
#include "server/doors/operators/request.h"

namespace palabre::sim {

/// The invariants of people, rooms and decisions: maps and loops, told the operator's answers and
/// the events that members were shown.
///
/// - A nickname has one owner; a member's is its own for good, also over restarts.
/// - A decision that an operator was told of is in force until its time is over by the server's
/// wall
///   clock, until another takes its place, or until it is taken back; also after a restart. One
///   that was taken back stays so.
/// - The muted and the banned write nothing, the banned are not online, and a frozen room gets
///   nothing.
/// - Only members whom an invite has admitted are in a room by invitation; an invite admits as many
///   as it says, until it is over or taken back.
class HouseModel {
 public:
  static constexpr const char* kDen = "den";  ///< the room by invitation

  struct Surroundings {
    // The server's clocks.
    std::function<Instant()> now;
    std::function<std::int64_t()> wall;
    /// Null while the server is down, or has not read its registry.
    std::function<const chat::Hub*()> hub;
  };
  HouseModel(std::size_t members, Surroundings around);

  const KeyPair& keys(std::size_t member) const { return keys_.at(member); }
  /// The author of the member's messages in the log.
  std::string author(std::size_t member) const;
  /// Somebody whom operators may name, by the address as shown.
  void knows(const std::string& label) { labels_.push_back(label); }
  /// A device of the member connects from this address.
  void lives_at(const Address& address, std::size_t member);
  /// The name in the log of a room that the member calls so.
  std::string room_in_log(std::size_t member, const std::string& room) const;

  /// The server appends this draft.
  void appended(const chat::RoomName& room, const chat::Draft& draft);
  /// Looks at the people online, and at the decisions in force. At least once a second.
  void look();
  /// The server has ended in whatever way: requests without an answer never get one.
  void crashed();

  /// An operator's request, and what to call with its answer.
  server::ControlRequest draw_request(Random& random);
  std::function<void(const server::ControlAnswer&)> asked(const server::ControlRequest& request);
  /// Requests that take back every decision in force.
  std::vector<server::ControlRequest> amnesty() const;

  /// A token for the member to try, or none; remembered as tried.
  std::string draw_token(std::size_t member, Random& random);
  /// The server has let the member into this room.
  void let_in(std::size_t member, const std::string& room);

  const std::vector<std::string>& broken() const { return broken_; }
  std::uint64_t decisions = 0;  ///< requests of operators that were carried out
  std::uint64_t checked = 0;    ///< looks at a decision that had to be in force

 private:
  struct Invite {
    std::string token;
    std::string id;
    std::int64_t over_at = 0;  ///< in microseconds of the wall clock
    std::uint32_t uses = 1;
    bool is_revoked = false;
    std::set<std::size_t> tried_in_time;
    std::set<std::size_t> let_in;
  };

  /// A decision that lasts: what it does, and to whom or what. `mute at [10.0.0.1:40000]`
  using Matter = std::string;
  struct InForce {
    chat::Number number;
    chat::Expiry until;
  };
  struct Ordered;
  static std::optional<Matter> matter_of(const chat::Act& act);
  std::optional<Matter> matter_of(const Ordered& ordered) const;
  static std::map<Matter, InForce> in_force(const chat::Hub& hub);
  bool holds(const Matter& matter) const;
  /// Whether a mute or a ban of this author holds, as far as its address or its key says.
  bool holds_for(const std::string& verb, const std::string& author) const;
  void look_at_people(const chat::Hub& hub);
  void look_at_decisions(const chat::Hub& hub);

  void carried_out(const Ordered& ordered);
  void ordered_anew(const Ordered& ordered);
  void made_invite(const server::ControlRequest& request, const std::string& answer);
  std::string author_at(const std::string& label) const;
  void break_(std::string what) { broken_.push_back(std::move(what)); }

  const Surroundings around_;
  std::vector<KeyPair> keys_;
  std::map<std::string, std::size_t> devices_;  // member, by address as shown
  std::vector<std::string> labels_;             // of everybody, for operators
  std::map<std::string, std::size_t> owners_;   // by the key of the nickname
  std::map<Matter, InForce> decided_;
  std::map<Matter, int> in_doubt_;  // orders without an answer
  std::set<chat::Number> taken_back_;
  std::int64_t wall_before_ = 0;  // at the last look but one
  std::int64_t wall_at_look_ = 0;
  std::vector<Invite> invites_;
  std::set<std::size_t> admitted_;
  std::vector<std::string> broken_;
};

}  // namespace palabre::sim
