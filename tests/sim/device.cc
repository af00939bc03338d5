#include "device.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <variant>

#include "identity.h"
#include "wire/names.h"

namespace palabre::sim {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

namespace {

const std::vector<std::string> kNicks{"ana", "bob", "zoe"};

}  // namespace

Device::Device(Surroundings around, std::size_t number, std::size_t member, const Address& address)
    : around_(around), name_(fmt::format("device {}", number)), member_(member), address_(address) {
  around_.model.lives_at(address, member);
  begin();
  live();
}

void Device::begin() {
  Random& random = around_.world.random();
  for (const auto& pipe : pipes_) {
    pipe->forget_client();
    pipe->cut();
  }
  pipes_.clear();
  pipe_.reset();
  session_ = std::make_unique<client::Session>(
      identity_of(around_.model.keys(member_),
                  {random.pick(kNicks), fmt::format("member{}", member_)}, "simulation"),
      [&random] { return random.below(~std::uint64_t{0}); });
  readings_.clear();
  asked_.clear();
  // A text without an answer from before may be kept or not: nobody will be told.
  waiting_.clear();
  join("lobby");
  if (random.chance(70)) join("ops");
}

void Device::join(const std::string& room) {
  Random& random = around_.world.random();
  client::Session::JoinFrom from;
  from.last = random.chance(70) ? 1000 : static_cast<std::uint32_t>(random.below(5));
  if (room == HouseModel::kDen) from.invite = around_.model.draw_token(member_, random);
  session_->join({room}, from, around_.world.now());
}

std::string Device::any_room() {
  static const std::vector<std::string> kRooms{"lobby", "ops", "den", "r1", "r2", "r3", "r4"};
  Random& random = around_.world.random();
  if (!readings_.empty() && random.chance(70)) {
    auto room = readings_.begin();
    std::advance(room, random.below(readings_.size()));
    return room->first;
  }
  if (random.chance(25)) {
    return random.chance(50) ? "@" + random.pick(kNicks)
                             : fmt::format("@member{}", random.below(3));
  }
  return random.pick(kRooms);
}

void Device::act() {
  if (quits_ || session_->is_over()) return;
  Random& random = around_.world.random();
  const Instant now = around_.world.now();
  const std::string room = any_room();
  switch (random.below(16)) {
    case 0:
    case 1:
      join(room);
      break;
    case 2:
      if (random.chance(50)) session_->leave({room}, now);
      break;
    case 3:
      session_->set_away(random.chance(50) ? "for a while" : "", now);
      break;
    case 4:
      if (const auto nick = wire::parse_nick(random.pick(kNicks))) {
        static_cast<void>(session_->ask(chat::TakeNick{*nick}, {room}, now));
      }
      break;
    case 5:
      static_cast<void>(
          session_->ask(chat::SetTopic{{}, fmt::format("topic {}", random.below(5))}, {room}, now));
      break;
    case 6:
      if (const auto asked = session_->who({room}, now)) asked_.insert(*asked);
      break;
    case 7:
      if (const auto asked = session_->read(
              {room}, {random.below(30)}, 1 + static_cast<std::uint32_t>(random.below(20)), now)) {
        asked_.insert(*asked);
      }
      break;
    case 8:
      if (random.chance(15)) session_->quit(now);
      break;
    default: {
      std::string text = fmt::format("{} says {}", name_, ++said_);
      if (random.chance(15)) text += " " + std::string(1 + random.below(1400), 'y');
      const auto kind = random.chance(20) ? chat::Kind::kAction : chat::Kind::kText;
      note("posts in " + room + ": " + text.substr(0, 40));
      if (session_->post({room}, kind, text, now)) waiting_[text] = room;
    }
  }
  look();
}

void Device::cut() {
  if (pipe_) pipe_->cut();
}

void Device::quit() {
  quits_ = true;
  session_->quit(around_.world.now());
  look();
}

/// Dials where there is no link, or where the link may be dead; at most once a second.
void Device::live() {
  World& world = around_.world;
  const Instant now = world.now();
  if (session_->is_over()) {
    if (quits_) return;
    if (begin_at_ == Instant{})
      begin_at_ = now + 500ms + 1ms * static_cast<int>(world.random().below(9000));
    if (now >= begin_at_) {
      begin();
      begin_at_ = {};
    }
  }
  if (!session_->is_over()) {
    if ((!session_->has_link() || session_->is_suspect(now)) && now >= dial_at_) {
      std::erase_if(pipes_, [](const auto& pipe) { return pipe->is_over(); });
      if (auto pipe = world.dial(*session_, address_)) {
        note("dials");
        pipes_.push_back(pipe);
        pipe_ = std::move(pipe);
      }
      dial_at_ = now + 1s;
    }
    if (const auto due = session_->next_deadline(); due && *due <= now) session_->on_deadline(now);
    look();
  }
  world.after(200ms, [this] { live(); });
}

void Device::note(const std::string& what) { around_.world.note(name_ + " " + what); }

void Device::look() {
  const auto outcomes = session_->take_outcomes();
  leaving_.clear();
  for (const client::Outcome& outcome : outcomes) {
    if (const auto* left = std::get_if<client::HasLeft>(&outcome)) leaving_.insert(left->room.text);
  }
  for (const client::Outcome& outcome : outcomes) {
    std::visit([this](const auto& one) { see(one); }, outcome);
  }
}

void Device::see(const client::Welcomed& welcomed) {
  if (!wire::parse_nick(welcomed.nick)) break_("is welcomed as nobody");
}

void Device::see(const client::Joined& joined) {
  note(fmt::format("joined {}{}, {} of {} come", joined.room.text, joined.again ? " again" : "",
                   joined.coming, joined.end.number.value));
  around_.model.let_in(member_, joined.room.text);
  if (joined.asked != joined.room) {
    // The other member has another name now.
    if (auto former = readings_.extract(joined.asked.text)) {
      former.key() = joined.room.text;
      readings_.insert(std::move(former));
    }
  }
  if (joined.by_invitation != (joined.room.text == HouseModel::kDen)) {
    break_("is told wrongly whether " + joined.room.text + " is by invitation");
  }
  const auto [reading, is_new] = readings_.try_emplace(joined.room.text);
  reading->second.end = joined.end.number.value;
  if (is_new && joined.coming == 0) reading->second.seen = joined.end.number.value;
}

void Device::see(const client::JoinRefused& refused) {
  ++refused_count_;
  note("may not enter " + refused.room.text + ": " + refused.words);
  if (refused.words.empty()) break_("may not enter, and is not told why");
  readings_.erase(refused.room.text);
}

void Device::see(const client::HasLeft& left) {
  note("has left " + left.room.text);
  readings_.erase(left.room.text);
}

void Device::see(const client::QuestionRefused& refused) {
  if (refused.words.empty()) break_("gets no answer, and no reason");
  asked_.erase(refused.question);
}

void Device::see(const client::Page& page) {
  asked_.erase(page.question);
  for (const client::Line& line : page.lines) compare(page.room.text, line);
  for (const client::Missed& missed : page.missed) {
    if (!missed.new_log &&
        !around_.ledger.may_be_gone(in_log(page.room.text), missed.from.value, missed.to.value)) {
      break_(fmt::format("is not given {} to {} of {}: {}", missed.from.value, missed.to.value,
                         page.room.text, missed.words));
    }
  }
}

void Device::see(const client::Ended& ended) {
  note("has ended: " + ended.words);
  if (ended.words.empty()) break_("is sent away without a word");
  if (ended.why == client::Ended::Why::kNonsense || ended.why == client::Ended::Why::kBadNick) {
    break_("has ended: " + ended.words);
  }
  pipe_.reset();
}

void Device::see(const client::PostRefused& refused) {
  ++refused_count_;
  note("is refused «" + refused.text.substr(0, 40) + "»: " + refused.words);
  if (refused.words.empty()) break_("is refused without a word: " + refused.text);
  waiting_.erase(refused.text);
  if (!refused.may_be_kept) refused_.push_back(refused.text);
}

void Device::see(const client::Kept& kept) {
  waiting_.erase(kept.line.message.text);
  if (!kept.on_disk) break_("is told that something is not kept");
  compare(kept.room.text, kept.line);
  // The answer to a post may come after its room was left, or after the retention has removed it;
  // while the room is left, before the messages of others, which do not come any more.
  const auto reading = readings_.find(kept.room.text);
  if (kept.was_shown || reading == readings_.end()) return;
  const auto& missed = reading->second.missed;
  const std::uint64_t number = kept.line.number.value;
  if (leaving_.contains(kept.room.text) && number > reading->second.seen.value_or(0) + 1) return;
  const bool is_missed = std::ranges::any_of(missed, [number](const auto& range) {
    return range.first <= number && number <= range.second;
  });
  if (!is_missed) see_line(kept.room.text, kept.line);
}

void Device::see(const client::Missed& missed) {
  note(fmt::format("misses #{} to #{} of {}: {}", missed.from.value, missed.to.value,
                   missed.room.text, missed.words));
  const auto found = readings_.find(missed.room.text);
  if (found == readings_.end()) return;
  Reading& reading = found->second;
  if (missed.new_log) {
    if (reading.seen.value_or(0) != 0) break_(missed.room.text + " has a new log");
    reading.seen.reset();
    return;
  }
  if (reading.seen && missed.from.value != *reading.seen + 1) {
    break_(fmt::format("misses #{} of {} after #{}", missed.from.value, missed.room.text,
                       *reading.seen));
  }
  if (missed.why != chat::Missing::Why::kExpired ||
      !around_.ledger.may_be_gone(in_log(missed.room.text), missed.from.value, missed.to.value)) {
    break_(fmt::format("misses #{} to #{} of {}: {}", missed.from.value, missed.to.value,
                       missed.room.text, missed.words));
  }
  reading.seen = missed.to.value;
  reading.missed.emplace_back(missed.from.value, missed.to.value);
}

void Device::compare(const std::string& room, const client::Line& line) {
  const Commit* const commit = around_.ledger.journal().find(in_log(room), line.number.value);
  if (commit != nullptr && commit->author == Ledger::kNobody) return;
  if (commit == nullptr || commit->text != line.message.text) {
    break_(fmt::format("sees «{}» as #{} of {}, which was never kept", line.message.text,
                       line.number.value, room));
  }
}

void Device::see_line(const std::string& room, const client::Line& line) {
  ++shown_;
  note(fmt::format("sees #{} of {}", line.number.value, room));
  const auto found = readings_.find(room);
  if (found == readings_.end()) return break_("is shown a line of " + room + ", and is not there");
  Reading& reading = found->second;
  if (reading.seen && line.number.value != *reading.seen + 1) {
    break_(fmt::format("sees #{} of {} after #{}", line.number.value, room, *reading.seen));
  }
  reading.seen = line.number.value;
  compare(room, line);
}

bool Device::has_settled() const {
  if (session_->is_over()) return quits_;
  if (!session_->is_online() || session_->waiting() > 0 || !asked_.empty()) return false;
  // Two names of a member are two names of one room.
  std::map<std::string, std::uint64_t> seen;
  for (const auto& [room, reading] : readings_) {
    std::uint64_t& most = seen[in_log(room)];
    most = std::max(most, reading.seen.value_or(0));
  }
  return std::ranges::all_of(seen, [this](const auto& room) {
    return room.second == around_.ledger.journal().end(room.first);
  });
}

void Device::audit(std::vector<std::string>& broken) const {
  broken.insert(broken.end(), broken_.begin(), broken_.end());
  if (!has_settled()) {
    std::string why;
    for (const auto& [room, reading] : readings_) {
      why += fmt::format(" {} {} of {}", room, reading.seen.value_or(0),
                         around_.ledger.journal().end(in_log(room)));
    }
    broken.push_back(fmt::format("{} does not come to rest: {}{} posts, {} questions;{}", name_,
                                 session_->is_online() ? "" : "offline, ", session_->waiting(),
                                 asked_.size(), why));
  }
  std::map<std::string, std::uint64_t> last;
  const std::string mark = name_ + " says ";
  for (const Commit& commit : around_.ledger.journal().all()) {
    if (!commit.text.starts_with(mark)) continue;
    const std::uint64_t said = std::stoull(commit.text.substr(mark.size()));
    if (said <= last[commit.room])
      broken.push_back(commit.text.substr(0, 40) + " is kept too late");
    last[commit.room] = said;
  }
  for (const std::string& text : refused_) {
    if (around_.ledger.is_kept(text)) {
      broken.push_back(name_ + " was told that this is not kept, and it is: " + text.substr(0, 40));
    }
  }
}

}  // namespace palabre::sim
