#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/address.h"
#include "client/session.h"
#include "house_model.h"
#include "ledger.h"
#include "world.h"

namespace palabre::sim {

/// A device of a member, with the real session of the client: dials, posts, joins, leaves, asks,
/// and holds every promise against what it is shown. If its session ends, its user starts another.
class Device {
 public:
  /// All of these outlive it.
  struct Surroundings {
    World& world;
    const Ledger& ledger;
    HouseModel& model;
  };
  /// `number`: of all devices.
  Device(Surroundings around, std::size_t number, std::size_t member, const Address& address);

  /// One thing that its user does.
  void act();
  void cut();
  /// Its user does nothing more; it stops dialing after `quit`.
  void quit();

  bool has_settled() const;
  void audit(std::vector<std::string>& broken) const;
  std::uint64_t seen() const { return shown_; }
  std::uint64_t refused() const { return refused_count_; }

 private:
  /// Where it is in a room.
  struct Reading {
    std::optional<std::uint64_t> seen;  ///< nothing: any number may come next
    std::uint64_t end = 0;              ///< of the log, when it joined
    std::vector<std::pair<std::uint64_t, std::uint64_t>> missed = {};  ///< from, to
  };

  void begin();
  void live();
  void look();
  void note(const std::string& what);
  void join(const std::string& room);
  std::string any_room();
  std::string in_log(const std::string& room) const {
    return around_.model.room_in_log(member_, room);
  }

  void see(const client::Shown& shown) { see_line(shown.room.text, shown.line); }
  void see(const client::Kept& kept);
  void see(const client::Missed& missed);
  void see(const client::PostRefused& refused);
  void see(const client::Joined& joined);
  void see(const client::JoinRefused& refused);
  void see(const client::HasLeft& left);
  void see(const client::Welcomed& welcomed);
  void see(const client::PresentNow& present) { asked_.erase(present.question); }
  void see(const client::Page& page);
  void see(const client::QuestionRefused& refused);
  void see(const client::Ended& ended);
  template <typename Other>
  void see(const Other& /*outcome*/) {}
  void see_line(const std::string& room, const client::Line& line);
  void compare(const std::string& room, const client::Line& line);
  void break_(const std::string& what) { broken_.push_back(name_ + " " + what); }

  Surroundings around_;
  const std::string name_;
  const std::size_t member_;
  const Address address_;
  std::unique_ptr<client::Session> session_;
  std::vector<std::shared_ptr<Conduit>> pipes_;  // all that were dialed; the last is in use
  std::shared_ptr<Conduit> pipe_;
  Instant dial_at_;
  Instant begin_at_;
  bool quits_ = false;
  std::uint64_t said_ = 0;
  std::uint64_t shown_ = 0;
  std::uint64_t refused_count_ = 0;
  std::map<std::string, Reading> readings_;     // by room, as it calls it
  std::map<std::string, std::string> waiting_;  // rooms of texts without an answer
  std::vector<std::string> refused_;            // texts that are not kept
  std::set<client::QuestionId> asked_;
  std::set<std::string> leaving_;  ///< rooms that the outcomes at hand say it has left
  std::vector<std::string> broken_;
};

}  // namespace palabre::sim
