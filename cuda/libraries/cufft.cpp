#include "cuda/libraries/cufft.h"

namespace fno::cuda::CU_TARGET {

Library<Cufft> load_cufft() {
  Library<Cufft> loaded{.name = "cuFFT", .functions = {}, .path = {}, .version = {}, .problem = {}};
  SharedLibrary file("libcufft.so.12");
  Cufft& f = loaded.functions;
  file.find("cufftGetVersion", f.get_version);
  file.find("cufftCreate", f.create);
  file.find("cufftDestroy", f.destroy);
  file.find("cufftSetAutoAllocation", f.set_auto_allocation);
  file.find("cufftMakePlanMany64", f.make_plan_many);
  file.find("cufftSetStream", f.set_stream);
  file.find("cufftSetWorkArea", f.set_work_area);
  file.find("cufftExecR2C", f.float_real_to_complex);
  file.find("cufftExecD2Z", f.double_real_to_complex);
  file.find("cufftExecC2R", f.float_complex_to_real);
  file.find("cufftExecZ2D", f.double_complex_to_real);
  file.find("cufftExecC2C", f.float_complex);
  file.find("cufftExecZ2Z", f.double_complex);
  loaded.path = file.path();
  loaded.problem = file.problem();
  int version = 0;
  if (loaded.usable() && f.get_version(&version) == 0)
    loaded.version =
        std::to_string(version / 1000) + "." + std::to_string(version / 100 % 10) + "." + std::to_string(version % 100);
  return loaded;
}

const Library<Cufft>& cufft() {
  // Never destroyed: a device kept to the end of the program closes its handles later than that.
  static const Library<Cufft>& loaded = *new Library<Cufft>(load_cufft());
  return loaded;
}

}  // namespace fno::cuda::CU_TARGET
