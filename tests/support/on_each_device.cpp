#include "tests/support/on_each_device.h"

#include <cctype>
#include <map>

#include "cuda/device.h"
#include "framework/cpu/device.h"
#include "framework/error.h"

namespace fno::test {
namespace {

Device open(const std::string& name) {
  if (name == "cpu-1-thread") return cpu_device(1);
  if (name == "cpu-3-threads") return cpu_device(3);
  if (name == "cuda-emulated") return open_emulated_device();
  if (name == "cuda:0") return open_cuda_device(0);
  fail(ErrorKind::device, "test device: found ", name);
}

// A machine without a device has nothing to test on: cuda_device_test says so once, not every test here.
bool has_real_device() {
  try {
    (void)open_test_device("cuda:0");
    return true;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace

std::vector<std::string> test_device_names() {
  std::vector<std::string> names{"cpu-1-thread", "cpu-3-threads"};
  if (built_with_cuda_emulation()) names.emplace_back("cuda-emulated");
  if (built_with_cuda() && has_real_device()) names.emplace_back("cuda:0");
  return names;
}

Device open_test_device(const std::string& name) {
  static std::map<std::string, Device> devices;
  const auto found = devices.find(name);
  return found != devices.end() ? found->second : devices.emplace(name, open(name)).first->second;
}

std::string device_label(const ::testing::TestParamInfo<std::string>& info) {
  std::string label = info.param;
  for (char& c : label)
    if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
  return label;
}

}  // namespace fno::test
