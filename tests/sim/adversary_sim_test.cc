#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "seeds.h"
#include "siege.h"

// The adversary: some keys from some addresses do anything that is permitted, as fast as they may,
// beside 100 members and 20 guests of good will at other addresses. At every moment the honest get
// in within two seconds, open rooms, write privately, are heard, and keep their history; and the
// attackers take no more than a budget. The place is the usual one in small: what would take hours
// takes seconds.
//
//   PALABRE_SIEGE_SECONDS=600 sim_tests --gtest_filter=Adversary*   longer; a week is 604800
//   PALABRE_SEEDS=10000 sim_tests --gtest_filter=Adversary.*Mixture*

namespace palabre::sim {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

Duration siege_time(Duration usual) {
  const char* const set = std::getenv("PALABRE_SIEGE_SECONDS");  // NOLINT(concurrency-mt-unsafe)
  if (set == nullptr) return usual;
  return std::chrono::seconds(std::strtoll(set, nullptr, 10));
}

/// Nobody is harmed by the attack.
void judge(std::string_view attack, const Harm& harm) {
  fmt::print("{}: {}\n", attack, harm.text());
  EXPECT_TRUE(harm.words.empty()) << harm.text();
}

Siege::Place small_place() {
  Siege::Place place;
  place.store.retention.bytes = std::uint64_t{256} << 10;
  place.store.retention.age = std::chrono::days(90);
  place.store.retention.floor = std::chrono::days(7);
  return place;
}

Harm besieged(const Siege::Place& place, const std::function<void(Siege&)>& attack,
              Duration time = 20s, const Budget& budget = {}) {
  Siege siege(1, place);
  siege.peace(10s);
  siege.besiege(attack, siege_time(time));
  return siege.harm(budget);
}

TEST(Adversary, NobodyIsHarmedInPeace) {
  const Harm harm = besieged(small_place(), [](Siege&) {});
  EXPECT_TRUE(harm.words.empty()) << harm.text();
}

// 1. One key, several sessions, posts as fast as it may.
TEST(Adversary, AFloodErasesNothingOfOthers) {
  // The pace alone lets it fill this room twice.
  Siege::Place place = small_place();
  place.store.retention.bytes = std::uint64_t{24} << 10;
  auto refused = std::make_shared<std::uint64_t>(0);
  const auto attack = [&](Siege& siege) {
    for (std::uint16_t session = 0; session < 4; ++session) {
      Raider& raider = siege.raider(1, Siege::address(From::kV4, 1, 4000 + session));
      raider.on_online = [&raider] { raider.join("lobby"); };
      raider.on_event = [refused](const proto::Event& event) {
        if (event.has_refused()) ++*refused;
      };
      raider.dial();
      siege.repeat(20ms, [&raider] {
        const std::string text(1000, 'f');
        for (int i = 0; i < 5 && raider.has_room(); ++i) raider.post("lobby", text);
      });
    }
  };
  judge("flood", besieged(place, attack, 20s));
  EXPECT_GT(*refused, 0U);
}

// 1b. The same from one network, with a key for each address.
TEST(Adversary, AFloodOfManyKeysFromOneNetworkErasesNothingOfOthers) {
  Siege::Place place = small_place();
  place.store.retention.bytes = std::uint64_t{64} << 10;
  judge("flood of keys", besieged(
                             place,
                             [](Siege& siege) {
                               for (std::uint64_t key = 1; key <= 20; ++key) {
                                 Raider& raider = siege.raider(
                                     key, *Address::parse(fmt::format("203.0.113.{}", key), 4000));
                                 raider.on_online = [&raider] { raider.join("lobby"); };
                                 raider.dial();
                                 siege.repeat(100ms, [&raider] {
                                   const std::string text(1000, 'f');
                                   for (int i = 0; i < 5 && raider.has_room(); ++i)
                                     raider.post("lobby", text);
                                 });
                               }
                             },
                             10s));
}

// 2. Join, say one byte, leave: each room that keeps a message takes a place for good.
TEST(Adversary, RoomsThatAreKeptHaveAPrice) {
  judge("kept rooms", besieged(small_place(), [](Siege& siege) {
          Raider& raider = siege.raider(1, Siege::address(From::kV4, 1, 4000));
          raider.dial();
          auto last = std::make_shared<std::uint64_t>(0);
          siege.repeat(100ms, [&raider, last] {
            for (int i = 0; i < 10 && raider.has_room(); ++i) {
              const std::string room = fmt::format("row-{}", ++*last);
              raider.join(room);
              raider.post(room, "x");
              raider.leave(room);
            }
          });
        }));
}

// 3. New keys, each of which takes a place in the registry.
TEST(Adversary, NewKeysHaveAPrice) {
  Budget budget;
  budget.members = 16 * 61;  // a class behind each of the addresses may come at once
  budget.registry_lines = budget.members + 400;
  judge("new keys", besieged(
                        small_place(),
                        [](Siege& siege) {
                          auto last = std::make_shared<std::uint64_t>(0);
                          siege.repeat(100ms, [&siege, last] {
                            siege.forget_raiders();
                            for (int i = 0; i < 20; ++i) {
                              const std::uint64_t key = ++*last;
                              Raider& raider = siege.raider(
                                  key,
                                  Siege::address(From::kV4, key % 16,
                                                 static_cast<std::uint16_t>(4000 + key % 60000)));
                              raider.on_online = [&raider] { raider.hang_up(); };
                              raider.dial();
                            }
                          });
                        },
                        10s, budget));
}

// 4. A few keys with many sessions are in as many rooms as may be open.
TEST(Adversary, OpenRoomsAreLeftForOthers) {
  const auto attack = [](Siege& siege) {
    for (std::uint64_t key = 1; key <= 5; ++key) {
      for (std::uint16_t session = 0; session < 4; ++session) {
        Raider& raider = siege.raider(
            key, Siege::address(From::kV4, key, static_cast<std::uint16_t>(4000 + session)));
        raider.on_online = [&raider, key, session] {
          for (int room = 0; room < 64; ++room) {
            raider.join(fmt::format("full-{}-{}-{}", key, session, room));
          }
        };
        raider.dial();
      }
    }
  };
  Budget budget;
  budget.open_rooms = 5 * 32 + 40;  // those of a member at once, and the honest ones
  judge("open rooms", besieged(small_place(), attack, 20s, budget));
}

// 4b. Many keys at many addresses.
TEST(Adversary, OpenRoomsOfManyAddressesLeaveAPart) {
  Siege::Place place = small_place();
  place.citizens = 20;
  place.neighbours = 5;
  const auto attack = [](Siege& siege) {
    for (std::uint64_t key = 1; key <= 100; ++key) {
      Raider& raider = siege.raider(key, Siege::address(From::kV4, key, 4000));
      auto next = std::make_shared<int>(0);
      raider.dial();
      siege.repeat(100ms, [&raider, key, next] {
        if (*next < 64 && raider.has_room()) raider.join(fmt::format("full-{}-{}", key, ++*next));
      });
    }
  };
  Budget budget;
  budget.open_rooms = place.limits.rooms * 3 / 4;
  judge("open rooms of many", besieged(place, attack, 20s, budget));
}

// 5. Bytes in many rooms, and IDs that are remembered.
TEST(Adversary, TheDiskHasATotal) {
  Siege::Place place = small_place();
  place.store.retention.total = std::uint64_t{1} << 20;
  place.store.sizes.wal_pages = 256;
  place.store.sizes.wal_bytes = std::uintmax_t{1} << 20;
  Budget budget;
  budget.disk_bytes = std::uintmax_t{5} << 20;  // with what rows cost, and the write-ahead log
  budget.ids = 5000;
  budget.open_rooms = 200;  // not the matter here
  const auto attack = [](Siege& siege) {
    for (std::uint64_t key = 1; key <= 60; ++key) {
      Raider& raider = siege.raider(key, Siege::address(From::kV4, key, 4000));
      raider.on_online = [&raider, key] {
        for (int room = 0; room < 2; ++room) raider.join(fmt::format("heap-{}-{}", key, room));
      };
      raider.dial();
      auto next = std::make_shared<int>(0);
      siege.repeat(100ms, [&raider, key, next] {
        const std::string text(1000, 'b');
        for (int i = 0; i < 5 && raider.has_room(); ++i) {
          raider.post(fmt::format("heap-{}-{}", key, ++*next % 2), text);
        }
      });
    }
  };
  judge("bytes", besieged(place, attack, 10s, budget));
}

// 6. Rooms for two that strangers open with a victim.
TEST(Adversary, StrangersDoNotTakeThePlacesOfPrivateWords) {
  judge("direct rooms", besieged(small_place(), [](Siege& siege) {
          for (std::uint64_t key = 1; key <= 40; ++key) {
            Raider& raider = siege.raider(
                key, Siege::address(From::kV4, key % 4, static_cast<std::uint16_t>(4000 + key)));
            raider.on_online = [&raider, &siege] {
              raider.join("@" + siege.citizen(1).nick());
              raider.post("@" + siege.citizen(1).nick(), "buy this");
            };
            raider.dial();
          }
          // Somebody with whom the victim has never spoken.
          siege.world().after(6s, [&siege] { siege.citizen(50).write_to(1); });
        }));
}

// 7. A stranger opens a room for two with a victim, and sees there when the victim is online.
TEST(Adversary, AStrangerIsNotShownWhoIsThere) {
  judge("presence", besieged(small_place(), [](Siege& siege) {
          Raider& raider = siege.raider(1, Siege::address(From::kV4, 1, 4000));
          const std::string room = "@" + siege.citizen(2).nick();
          siege.citizen(2).set_away("at the dentist");
          raider.on_online = [&raider, room] { raider.join(room); };
          raider.on_event = [&siege](const proto::Event& event) {
            if (!event.has_present()) return;
            for (const auto& person : event.present().people()) {
              if (person.name() != siege.citizen(2).nick()) continue;
              siege.note(fmt::format("a stranger sees that {} is there{}", person.name(),
                                     person.away().empty() ? "" : ", " + person.away()));
            }
          };
          raider.dial();
          siege.repeat(5s, [&raider, room] {
            proto::Command who;
            who.set_tag(9);
            who.mutable_who()->set_room(room);
            raider.send(who);
          });
        }));
}

// 8. One home has many IPv6 networks, and so as many connections as there are.
TEST(Adversary, OneHomeDoesNotTakeAllConnections) {
  Siege::Place place = small_place();
  place.links = {.connections = 512, .per_address = 16, .per_network = 64, .per_site = 128};
  judge("connections", besieged(place, [](Siege& siege) {
          auto raiders = std::make_shared<std::vector<Raider*>>();
          for (std::uint64_t i = 0; i < 600; ++i) {
            raiders->push_back(&siege.raider(
                i / 4, Siege::address(From::kV6, i / 16, static_cast<std::uint16_t>(4000 + i))));
          }
          siege.repeat(1s, [raiders] {
            for (Raider* const raider : *raiders) {
              if (!raider->is_online()) raider->dial();
            }
          });
        }));
}

/// Any frame, from anybody among the attackers, as often as it is taken.
class Mixture {
 public:
  Mixture(std::uint64_t seed, std::size_t keys, std::size_t addresses, From from)
      : random_(seed), keys_(keys), addresses_(addresses), from_(from) {}

  void begin(Siege& siege) {
    for (std::size_t i = 0; i < 2 * keys_; ++i) {
      raiders_.push_back(&siege.raider(
          i % keys_, Siege::address(from_, i % addresses_, static_cast<std::uint16_t>(4000 + i))));
    }
    siege.repeat(50ms, [this, &siege] {
      for (std::size_t i = 0; i < 2 + raiders_.size() / 4; ++i) {
        act(siege, *raiders_[static_cast<std::size_t>(random_.below(raiders_.size()))]);
      }
    });
  }

 private:
  std::string room(Siege& siege) {
    switch (random_.below(4)) {
      case 0:
        return "lobby";
      case 1:
        return "@" +
               siege.citizen(static_cast<std::size_t>(random_.below(siege.citizens()))).nick();
      default:
        return fmt::format("mix-{}", random_.below(400));
    }
  }

  void act(Siege& siege, Raider& raider) {
    if (!raider.is_online()) return raider.dial();
    if (!raider.has_room()) return;
    proto::Command command;
    command.set_tag(7);
    switch (random_.below(12)) {
      case 0:
      case 1:
        return raider.join(room(siege));
      case 2:
        return raider.leave(room(siege));
      case 3:
        command.mutable_take_nick()->set_nick(fmt::format("mixed{}", random_.below(1000)));
        break;
      case 4:
        command.mutable_who()->set_room(room(siege));
        break;
      case 5:
        command.mutable_read()->set_room(room(siege));
        command.mutable_read()->set_count(200);
        break;
      case 6:
        command.mutable_set_away()->set_note(std::string(random_.below(300), 'a'));
        break;
      case 7:
        command.mutable_set_topic()->set_room(room(siege));
        command.mutable_set_topic()->set_text(fmt::format("topic {}", random_.below(1000)));
        break;
      case 8:
        if (random_.chance(20)) raider.hang_up();
        return;
      default: {
        const std::string where = room(siege);
        for (int i = 0; i < 5; ++i) raider.post(where, std::string(1 + random_.below(1000), 'm'));
        return;
      }
    }
    raider.send(command);
  }

  Random random_;
  const std::size_t keys_;
  const std::size_t addresses_;
  const From from_;
  std::vector<Raider*> raiders_;
};

TEST(Adversary, NoMixtureOfWhatIsPermittedDoesHarm) {
  const Seeds seeds = seeds_from_environment(1);
  for (std::uint64_t seed = seeds.first; seed <= seeds.last; ++seed) {
    Random random(seed);
    Mixture mixture(seed, 1 + random.below(40), 1 + random.below(10),
                    random.chance(50) ? From::kV4 : From::kV6);
    Siege siege(seed, small_place());
    siege.peace(10s);
    siege.besiege([&mixture](Siege& place) { mixture.begin(place); }, siege_time(5s));
    SCOPED_TRACE(fmt::format("to see it again: PALABRE_SEED={}", seed));
    Budget budget;
    budget.open_rooms = 600;  // that they take none from others is for OpenRoomsAreLeftForOthers
    judge("mixture", siege.harm(budget));
  }
}

}  // namespace
}  // namespace palabre::sim
