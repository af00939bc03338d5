#include "app/host/service_manager.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <vector>

namespace palabre::app {
namespace {

constexpr int kFirst = 900;  // a number that no other descriptor of a test has

enum class Kind { kUdp, kUdp6, kTcp, kUnix, kUnixStream, kFile };

int make(Kind kind) {
  switch (kind) {
    case Kind::kUdp:
      return socket(AF_INET, SOCK_DGRAM, 0);
    case Kind::kUdp6:
      return socket(AF_INET6, SOCK_DGRAM, 0);
    case Kind::kTcp:
      return socket(AF_INET, SOCK_STREAM, 0);
    case Kind::kUnix:
      return socket(AF_UNIX, SOCK_DGRAM, 0);
    case Kind::kUnixStream:
      return socket(AF_UNIX, SOCK_STREAM, 0);
    case Kind::kFile:
      return open("/dev/null", O_RDONLY);
  }
  return -1;
}

Result<PassedSockets> passed(const std::vector<Kind>& kinds) {
  int next = kFirst;
  for (const Kind kind : kinds) {
    const int made = make(kind);
    EXPECT_EQ(dup2(made, next), next);
    close(made);
    ++next;
  }
  auto sockets = tell_sockets_apart(kFirst, next - kFirst);
  for (int descriptor = kFirst; descriptor < next; ++descriptor) close(descriptor);
  return sockets;
}

TEST(PassedSockets, AreToldApartInAnyOrder) {
  for (const Kind udp : {Kind::kUdp, Kind::kUdp6}) {
    const auto first = passed({udp, Kind::kTcp});
    ASSERT_TRUE(first);
    EXPECT_EQ(first->udp, kFirst);
    EXPECT_EQ(first->stream, kFirst + 1);
    const auto last = passed({Kind::kTcp, udp});
    ASSERT_TRUE(last);
    EXPECT_EQ(last->udp, kFirst + 1);
    EXPECT_EQ(last->stream, kFirst);
  }
}

TEST(PassedSockets, MayBeNoneOrOne) {
  EXPECT_FALSE(passed({})->udp);
  EXPECT_FALSE(passed({Kind::kUdp})->stream);
  EXPECT_FALSE(passed({Kind::kTcp})->udp);
}

TEST(PassedSockets, AreRefusedInOneSentenceWhereOneWouldStayUnheard) {
  const std::vector<std::vector<Kind>> wrong{{Kind::kUdp, Kind::kUdp6},
                                             {Kind::kTcp, Kind::kUdp, Kind::kTcp},
                                             {Kind::kUnix, Kind::kUdp},
                                             {Kind::kUdp, Kind::kUnixStream},
                                             {Kind::kFile}};
  for (const auto& kinds : wrong) {
    const auto sockets = passed(kinds);
    ASSERT_FALSE(sockets);
    EXPECT_EQ(sockets.error().exit_code, EX_CONFIG);
    EXPECT_NE(sockets.error().sentence.find("socket unit"), std::string::npos);
    EXPECT_EQ(sockets.error().sentence.find('\n'), std::string::npos);
  }
}

TEST(ServiceManager, IsToldNothingWhereThereIsNone) {
  if (getenv("NOTIFY_SOCKET") != nullptr) GTEST_SKIP() << "this test is run by a service manager";
  EXPECT_TRUE(tell_ready("x"));
  tell_alive();
  tell_stopping();
}

}  // namespace
}  // namespace palabre::app
