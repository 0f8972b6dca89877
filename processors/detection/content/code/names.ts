import { words } from "../words.ts";

/** Modules whose loading by an argument has one purpose. */
export const PROCESS_MODULES: ReadonlySet<string> = words(`
  child_process node:child_process subprocess pty os posix commands ctypes vm node:vm worker_threads open3 shell popen2 nt cffi importlib
`);
/** Functions that load a module by name. */
export const LOADERS: ReadonlySet<string> = new Set(["require", "import", "__import__", "import_module", "_load", "createRequire", "dlopen", "dl"]);
/** Functions that run a text as code or as a command when they are called by themselves. */
export const EXECUTORS: ReadonlySet<string> = words(`
  eval exec execfile system shell_exec passthru proc_open popen pcntl_exec assert create_function execSync spawnSync execFileSync
  call_user_func call_user_func_array runInThisContext phpinfo instance_eval class_eval usleep
`);
/** Members that run a command whoever owns them. */
export const RUNNERS: ReadonlySet<string> = words(`
  execSync spawnSync execFileSync execFile check_output check_call getoutput popen popen3 Popen capture2e system getRuntime ProcessBuilder
  getEngineByName ShellExecute runJava passthru shell_exec
`);
/** Members that run a command when these own them. */
export const OWNERS: ReadonlyMap<string, ReadonlySet<string>> = new Map(Object.entries({
  os: ["system", "popen", "execv", "execve", "execl", "execlp", "execvp", "spawnl", "spawnv", "spawnlp", "startfile", "posix_spawn", "fork"],
  subprocess: ["run", "call", "getstatusoutput"],
  child_process: ["exec", "spawn", "fork"], cp: ["exec", "spawn"],
  Kernel: ["exec", "system", "spawn", "open", "eval"], Process: ["spawn", "exec", "Start"], IO: ["popen"], Open3: ["capture2", "capture3"],
  Deno: ["run", "Command"], Bun: ["spawn", "$"], pty: ["spawn"], commands: ["getoutput"], Runtime: ["exec"], Shell: ["execute"],
}).map(([owner, members]) => [owner, new Set(members)]));
/** Names of Python, JavaScript and Java objects that lead from any value to the whole interpreter. */
export const GADGETS: ReadonlySet<string> = words(`
  __subclasses__ __globals__ __builtins__ __bases__ __base__ __mro__ __getattribute__ __reduce__ __reduce_ex__ __code__ func_globals
  gi_frame f_globals f_builtins cr_frame
`);
/** Functions that turn a text into another one. */
export const DECODERS: ReadonlySet<string> = words(`
  atob b64decode base64_decode fromCharCode fromhex unhexlify decompress gzinflate gzuncompress str_rot13 hex2bin unescape decode64
  convert_uu a2b_hex a2b_base64
`);
/** Functions that make objects of data, and who owns them; no owner: whoever does. */
export const DESERIALISERS: ReadonlyMap<string, ReadonlySet<string>> = new Map(Object.entries({
  loads: ["pickle", "cPickle", "dill", "marshal", "jsonpickle", "shelve", "cloudpickle", "joblib"], load: ["pickle", "cPickle", "dill", "Marshal", "joblib", "torch"],
  unserialize: [], unsafe_load: ["yaml"], readObject: [], decode: ["jsonpickle"],
}).map(([name, owners]) => [name, new Set(owners)]));
/** Names of what connects to others, of what opens a socket, and of what deletes files. */
export const NETWORK: ReadonlySet<string> = words(`
  fetch XMLHttpRequest sendBeacon WebSocket urlopen urlretrieve post axios requests http https httpx file_get_contents curl_exec fsockopen
  HttpClient got Image src
`);
export const SOCKETS: ReadonlySet<string> = new Set(["socket", "Socket", "TCPSocket", "fsockopen", "net", "dup2", "TCPClient", "connect"]);
export const DELETERS: ReadonlySet<string> = words(`
  rmSync rmdirSync unlinkSync rm rmdir rmtree unlink remove removedirs rm_rf rm_r delete delete_file deleteDirectory
`);
export const DELETER_OWNERS: ReadonlySet<string> = words(`
  fs fsPromises promises os shutil FileUtils File Files Dir pathlib Deno rimraf
`);
/** What a request says, in PHP. */
export const SUPERGLOBALS: ReadonlySet<string> = new Set(["$_GET", "$_POST", "$_REQUEST", "$_COOKIE", "$_SERVER", "$_FILES"]);
/** Words that turn up in nearly every text that runs code; they only open the closer look. */
export const OPENERS: ReadonlySet<string> = words(`
  constructor __proto__ prototype process Function Reflect setTimeout setInterval WebAssembly pickle yaml unserialize environ getenv java
  Runtime document module globalThis getattr open readFileSync readFile writeFileSync writeFile vm Marshal
`);
