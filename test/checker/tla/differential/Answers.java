import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import tla2sany.drivers.SANY;
import tla2sany.modanalyzer.SpecObj;
import tla2sany.semantic.OpDefNode;
import tlc2.tool.TLCState;
import tlc2.tool.impl.FastTool;
import tlc2.util.Context;
import tlc2.value.impl.Value;
import util.SimpleFilenameToStream;
import util.ToolIO;

/**
 * Asks TLC many questions in one JVM. Usage: java -cp tla2tools.jar Answers.java accept|values FOLDER FILE, where
 * each line of FILE names a module. accept: prints "MODULE yes" or "MODULE no". values: evaluates every definition
 * E1, E2, ... and prints "MODULE INDEX VALUE", or "MODULE INDEX !" if TLC cannot evaluate it.
 */
public class Answers {
  public static void main(String[] args) throws Exception {
    PrintStream out = System.out;
    PrintStream quiet = new PrintStream(new ByteArrayOutputStream());
    ToolIO.out = quiet;
    ToolIO.err = quiet;
    System.setOut(quiet);
    System.setErr(quiet);
    List<String> modules = Files.readAllLines(Path.of(args[2]), StandardCharsets.UTF_8);
    for (String module : modules) {
      if (args[0].equals("accept")) {
        out.println(module + " " + (accepts(args[1], module) ? "yes" : "no"));
      } else {
        values(args[1], module, out);
      }
      out.flush();
    }
    System.exit(0);
  }

  private static boolean accepts(String folder, String module) {
    try {
      SpecObj spec = new SpecObj(folder + "/" + module + ".tla", new SimpleFilenameToStream(folder));
      PrintStream quiet = new PrintStream(new ByteArrayOutputStream());
      int code = SANY.frontEndMain(spec, folder + "/" + module + ".tla", quiet);
      return code == 0
          && spec.getInitErrors().isSuccess()
          && spec.getParseErrors().isSuccess()
          && spec.getSemanticErrors().isSuccess();
    } catch (Throwable error) {
      return false;
    }
  }

  private static void values(String folder, String module, PrintStream out) {
    FastTool tool;
    try {
      tool = new FastTool(folder, module, module, new SimpleFilenameToStream(folder));
    } catch (Throwable error) {
      out.println("TLC does not load " + module + ": " + error);
      return;
    }
    for (int i = 1; ; i++) {
      OpDefNode definition = tool.getSpecProcessor().getRootModule().getOpDef("E" + i);
      if (definition == null) return;
      String text;
      try {
        Value value = (Value) ((Value) tool.eval(definition.getBody(), Context.Empty, TLCState.Empty)).deepCopy();
        value.deepNormalize();
        text = value.toStringUnchecked().replaceAll("\\s+", " ");
      } catch (Throwable error) {
        text = "!";
      }
      out.println(module + " " + i + " " + text);
    }
  }
}
