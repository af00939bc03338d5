#include "app/serve/serve_options.h"

#include <gtest/gtest.h>
#include <sysexits.h>

#include <fstream>
#include <string>

#include "drivers/temporary_folder.h"
#include "wire/names.h"

namespace palabre::app {
namespace {

class ServeOptionsTest : public testing::Test {
 protected:
  Result<ServeOptions> from_file(const std::string& text, ServeFlags flags = {}) {
    std::ofstream(path_) << text;
    flags.config = path_;
    return resolve(flags);
  }

  TemporaryFolder folder_;
  std::filesystem::path path_ = folder_.path() / "options.toml";
};

TEST_F(ServeOptionsTest, AreTheDefaultsWhereNothingIsSaid) {
  const auto options = resolve({});
  ASSERT_TRUE(options);
  EXPECT_EQ(options->bind, "::");
  EXPECT_EQ(options->port, 5000);
  EXPECT_EQ(options->max_guests, 4096U);
  EXPECT_EQ(options->idle, std::chrono::minutes(10));
}

TEST_F(ServeOptionsTest, AdmitTheLanOnlyAndInAContainerEverybody) {
  EXPECT_EQ(default_options(false).guard.guests, guard::Guests::kLan);
  const ServeOptions in_container = default_options(true);
  EXPECT_EQ(resolve({}, in_container)->guard.guests, guard::Guests::kAll);
  ServeFlags flags;
  flags.guests = "lan";
  EXPECT_EQ(resolve(flags, in_container)->guard.guests, guard::Guests::kLan);
}

TEST_F(ServeOptionsTest, ShowGuestsByAddressesExceptWhereEverybodyMayComeIn) {
  EXPECT_EQ(resolve({})->names, guard::Names::kAddress);
  EXPECT_EQ(from_file("[guard]\nguests = 'all'\n")->names, guard::Names::kCloak);
  EXPECT_EQ(from_file("[guard]\nguests = 'all'\nnames = 'address'\n")->names,
            guard::Names::kAddress);
  EXPECT_EQ(from_file("[guard]\nnames = 'cloak'\n")->names, guard::Names::kCloak);
  const auto wrong = from_file("[guard]\nnames = 'nick'\n");
  ASSERT_FALSE(wrong);
  EXPECT_NE(wrong.error().sentence.find("names must be \"address\" or \"cloak\""),
            std::string::npos)
      << wrong.error().sentence;
}

TEST_F(ServeOptionsTest, ReserveTheNamesOfGuestsFromEverywhere) {
  const auto is_reserved = [](const ServeOptions& options, const char* nick) {
    const std::string prefix = access_of(options).reserved_prefix;
    return !prefix.empty() && wire::parse_nick(nick)->key.starts_with(prefix);
  };
  const auto cloaked = from_file("[guard]\nnames = 'cloak'\n");
  ASSERT_TRUE(cloaked);
  for (const char* nick : {"guest-7kq2", "Guest-x", "GUE\u0455t-x", "gu\u0435st-1"}) {
    EXPECT_TRUE(is_reserved(*cloaked, nick)) << nick;
  }
  for (const char* nick : {"guest", "guests", "guest.7kq2", "a-guest-7kq2"}) {
    EXPECT_FALSE(is_reserved(*cloaked, nick)) << nick;
  }
  EXPECT_FALSE(is_reserved(*resolve({}), "guest-7kq2")) << "guests are shown by addresses";
}

TEST_F(ServeOptionsTest, AreTheFilesThenTheFlags) {
  ServeFlags flags;
  flags.port = 5002;
  const auto options = from_file(
      "bind = '127.0.0.1'\nport = 5001\nmax-guests = 7\nidle = 60\nlog-level = 'warn'\n", flags);
  ASSERT_TRUE(options) << options.error().sentence;
  EXPECT_EQ(options->bind, "127.0.0.1");
  EXPECT_EQ(options->port, 5002);
  EXPECT_EQ(options->max_guests, 7U);
  EXPECT_EQ(options->idle, std::chrono::seconds(60));
  EXPECT_EQ(options->log_level, "warn");
}

TEST_F(ServeOptionsTest, SayWhichRoomsAreByInvitation) {
  const auto options = from_file("invitation-rooms = ['Ops', 'staff']\n");
  ASSERT_TRUE(options) << options.error().sentence;
  const chat::Access access = access_of(*options);
  EXPECT_TRUE(access.by_invitation.contains({"ops"}));
  EXPECT_TRUE(access.by_invitation.contains({"staff"}));
  EXPECT_FALSE(access.by_invitation.contains({"lobby"}));
  EXPECT_FALSE(access_of({}).by_invitation.contains({"ops"}));
}

TEST_F(ServeOptionsTest, NameTheLineAndTheKeyThatIsWrong) {
  for (const auto& [text, part] : std::initializer_list<std::pair<std::string, std::string>>{
           {"# x\nprot = 5000\n", ":2: prot is no option"},
           {"port = 'x'\n", ":1: port must be a whole number"},
           {"port = 70000\n", ":1: port must be from 0 to 65535"},
           {"port = -1\n", ":1: port must be"},
           {"max-guests = 0\n", ":1: max-guests must be from 1"},
           {"idle = 1\n", ":1: idle must be from 2"},
           {"memory = 1\n", ":1: memory must be true or false"},
           {"memory-rooms = 'x'\n", ":1: memory-rooms must be a list"},
           {"memory-rooms = ['a b']\n", ":1: memory-rooms must be a list"},
           {"invitation-rooms = ['a b']\n", ":1: invitation-rooms must be a list"},
           {"invitation-rooms = ['ops', 'Lobby']\n", ":1: invitation-rooms cannot have the lobby"},
           {"[members]\nfrom = 'none'\n", ":2: from must be \"lan\" or \"all\""},
           {"[keep]\nage = 'soon'\n", ":2: age must be a time"},
           {"[keep]\nmessages = -1\n", ":2: messages must be from 0"},
           {"log-level = 'loud'\n", ":1: log-level must be one of"},
           {"guard = 1\n", ":1: guard must be a table"},
           {"[guard]\nguests = 'some'\n", ":2: guests must be"},
           {"[guard]\ntrusted = '10.0.0.0/8'\n", ":2: trusted must be a list"},
           {"[guard]\ntrusted = ['10.0.0.0/33']\n", ":2: trusted must be a list"},
           {"[guard]\nburst = 0\n", ":2: burst must be from 1"},
           {"[guard]\nspeed = 1\n", ":2: speed is no option"},
           {"[guard.posts]\nlan-burst = 0\n", ":2: lan-burst must be from 1"},
           {"[guard.posts]\nspeed = 1\n", ":2: speed is no option"},
           {"port = \n", ":1: "}}) {
    const auto options = from_file(text);
    ASSERT_FALSE(options) << text;
    EXPECT_EQ(options.error().exit_code, EX_CONFIG);
    EXPECT_NE(options.error().sentence.find(part), std::string::npos) << options.error().sentence;
    EXPECT_EQ(options.error().sentence.find('\n'), std::string::npos);
  }
}

TEST_F(ServeOptionsTest, SayThePacesOfPostsAndThatOfGuestsForAllOfThem) {
  const auto options = from_file(
      "[guard]\nper-second = 9\n[guard.posts]\npublic-burst = 5\nbot-per-second = 70\n"
      "[members]\nmost = 800\nper-site = 99\n");
  ASSERT_TRUE(options) << options.error().sentence;
  EXPECT_EQ(options->guard.per_second, 9);
  EXPECT_EQ(options->guard.public_per_second, 9);
  EXPECT_EQ(options->guard.posts.from_public.burst, 5);
  EXPECT_EQ(options->guard.posts.from_public.per_second, 2);
  EXPECT_EQ(options->guard.posts.of_bots.per_second, 70);
  EXPECT_FALSE(options->members.per_network);
  EXPECT_EQ(options->members.per_site, 99U);
  EXPECT_EQ(resolve({})->guard.public_per_second, 2);
}

TEST_F(ServeOptionsTest, SayWhichFileIsMissing) {
  ServeFlags flags;
  flags.config = "/nowhere/palabre.toml";
  const auto options = resolve(flags);
  ASSERT_FALSE(options);
  EXPECT_EQ(options.error().exit_code, EX_NOINPUT);
  EXPECT_NE(options.error().sentence.find("/nowhere/palabre.toml"), std::string::npos);
}

TEST_F(ServeOptionsTest, SayWhichKeysMayBecomeMembers) {
  const auto invited = from_file("[members]\nregistration = 'invited'\n");
  ASSERT_TRUE(invited);
  EXPECT_EQ(access_of(*invited).registration, chat::Registration::kInvited);
  const auto wrong = from_file("[members]\nregistration = 'free'\n");
  ASSERT_FALSE(wrong);
  EXPECT_NE(wrong.error().sentence.find("registration must be \"open\", \"invited\""),
            std::string::npos)
      << wrong.error().sentence;
}

TEST_F(ServeOptionsTest, AreAllInTheShippedFileWithTheirDefaults) {
  std::ifstream shipped(PALABRE_SOURCE_DIR "/packaging/palabre.toml");
  ASSERT_TRUE(shipped);
  std::string uncommented;
  std::size_t keys = 0;
  for (std::string line; std::getline(shipped, line);) {
    if (!line.starts_with("#") || line.size() < 2 || line[1] == ' ') continue;
    uncommented += line.substr(1) + "\n";
    if (line.find(" = ") != std::string::npos) ++keys;
  }
  EXPECT_EQ(keys, 48U);
  const auto options = from_file(uncommented);
  ASSERT_TRUE(options) << options.error().sentence;
  const ServeOptions defaults;
  EXPECT_EQ(options->bind, defaults.bind);
  EXPECT_EQ(options->port, defaults.port);
  EXPECT_EQ(options->max_guests, defaults.max_guests);
  EXPECT_EQ(options->idle, defaults.idle);
  EXPECT_EQ(options->data, defaults.data);
  EXPECT_EQ(options->memory, defaults.memory);
  EXPECT_EQ(options->memory_rooms, defaults.memory_rooms);
  EXPECT_EQ(options->invitation_rooms, defaults.invitation_rooms);
  EXPECT_EQ(options->keep.age, defaults.keep.age);
  EXPECT_EQ(options->keep.count, defaults.keep.count);
  EXPECT_EQ(options->keep.bytes, defaults.keep.bytes);
  EXPECT_EQ(options->log_level, defaults.log_level);
  EXPECT_EQ(options->control, defaults.control);
  EXPECT_EQ(options->guard.guests, defaults.guard.guests);
  EXPECT_EQ(options->guard.trusted, defaults.guard.trusted);
  EXPECT_EQ(options->guard.exempt, defaults.guard.exempt);
  EXPECT_EQ(options->guard.exempt_loopback, defaults.guard.exempt_loopback);
  EXPECT_EQ(options->guard.burst, defaults.guard.burst);
  EXPECT_EQ(options->guard.per_second, defaults.guard.per_second);
  EXPECT_EQ(options->guard.per_ip, defaults.guard.per_ip);
  EXPECT_EQ(options->guard.per_neighbourhood, defaults.guard.per_neighbourhood);
  EXPECT_EQ(options->budget_times, defaults.budget_times);
  EXPECT_EQ(options->members.registration, defaults.members.registration);
  EXPECT_EQ(options->members.admitted, defaults.members.admitted);
  EXPECT_EQ(options->members.key, defaults.members.key);
  EXPECT_EQ(options->members.certificate, defaults.members.certificate);
  EXPECT_EQ(options->members.most, defaults.members.most);
  EXPECT_EQ(options->members.per_address, defaults.members.per_address);
  EXPECT_EQ(options->members.burst, defaults.members.burst);
  EXPECT_EQ(options->members.per_second, defaults.members.per_second);
  EXPECT_EQ(options->members.unreadable, defaults.members.unreadable);
}

}  // namespace
}  // namespace palabre::app
