package infusionbridge;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import org.hl7.fhir.r5.elementmodel.Element;
import org.hl7.fhir.r5.elementmodel.Manager.FhirFormat;
import org.hl7.fhir.r5.model.StructureDefinition;
import org.hl7.fhir.r5.utils.validation.constants.ReferenceValidationPolicy;
import org.hl7.fhir.utilities.http.ManagedWebAccess;
import org.hl7.fhir.utilities.http.ManagedWebAccess.WebAccessPolicy;
import org.hl7.fhir.utilities.json.model.JsonArray;
import org.hl7.fhir.utilities.json.model.JsonObject;
import org.hl7.fhir.utilities.json.parser.JsonParser;
import org.hl7.fhir.utilities.validation.ValidationMessage;
import org.hl7.fhir.validation.ValidationEngine;
import org.hl7.fhir.validation.ValidationEngine.ValidationEngineBuilder;
import org.hl7.fhir.validation.instance.InstanceValidator;
import org.hl7.fhir.validation.instance.advisor.BasePolicyAdvisorForFullValidation;
import org.hl7.fhir.validation.service.StandAloneValidatorFetcher;
import org.hl7.fhir.validation.service.model.InstanceValidatorParameters;

/**
 * HL7's FHIR validator behind a loopback port: {@code Judge [PACKAGE ...]}, such as {@code hl7.fhir.us.core#6.1.0}.
 *
 * <p>Loads FHIR 4.0.1 and the packages named, in that order, out of {@code ${user.home}/.fhir/packages}; never goes to
 * the network and asks no terminology server. Prints {@code READY http://127.0.0.1:PORT} once, and ends when its
 * standard input closes, so it cannot outlive whoever started it.
 *
 * <p>{@code POST /validate[?profile=URL]...} with a resource or a Bundle as JSON answers a JSON list of findings.
 */
public final class Judge {
  private static final String CORE = "hl7.fhir.r4.core#4.0.1";
  private static final String UCUM = "http://unitsofmeasure.org";
  private static final int FROM_ONE_VALIDATOR = 200;

  /** One line of the answer. A record, so that what the engine says twice is told once. */
  private record Finding(String severity, String type, String location, String message, String messageId) {
    static Finding of(ValidationMessage said) {
      return new Finding(
          said.getLevel().toCode(), said.getType().toCode(), said.getLocation(), said.getMessage(), said.getMessageId());
    }

    /** The engine could not go on: broken JSON, a profile it does not know. */
    static Finding fatal(Throwable reason) {
      return new Finding("fatal", "exception", "", String.valueOf(reason.getMessage()), reason.getClass().getSimpleName());
    }

    JsonObject json() {
      JsonObject json = new JsonObject();
      json.set("severity", severity);
      json.set("type", type);
      json.set("location", location == null ? "" : location);
      json.set("message", message);
      json.set("messageId", messageId == null ? "" : messageId);
      return json;
    }
  }

  private final ValidationEngine engine;
  private InstanceValidator validator;
  private int judged;

  private Judge(ValidationEngine engine) {
    this.engine = engine;
  }

  public static void main(String[] packages) throws Exception {
    PrintStream out = System.out;
    System.setOut(System.err); // whatever the engine prints must not mix with READY
    Locale.setDefault(Locale.US); // its messages are translated
    endWithStandardInput();

    Judge judge = new Judge(load(packages));
    HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 0);
    server.createContext("/validate", judge::answer); // the default executor: one request at a time
    server.start();
    out.println("READY http://127.0.0.1:" + server.getAddress().getPort());
    out.flush();
  }

  private static ValidationEngine load(String[] packages) throws Exception {
    ManagedWebAccess.setAccessPolicy(WebAccessPolicy.PROHIBITED);
    InstanceValidatorParameters rules = new InstanceValidatorParameters();
    rules.setAssumeValidRestReferences(true); // Patient/1 need not be there, but must be what the element may point to
    rules.setAllowExampleUrls(true);
    rules.addExtension("any"); // local extensions are told of, not refused; unknown modifier extensions are refused

    ValidationEngine engine =
        new ValidationEngineBuilder()
            .withVersion("4.0.1")
            .withNoTerminologyServer()
            .withDefaultInstanceValidatorParameters(rules)
            .fromSource(CORE);
    engine.getContext().setNoTerminologyServer(true);
    // From its cache the engine learns that "no system" is an unknown code system, and from then on takes what it cannot
    // look up (MIME types) for wrong. Without the cache a verdict does not hang on what was judged before.
    engine.getContext().setCachingAllowed(false);
    for (String name : packages) {
      engine.getIgLoader().loadIg(engine.getIgs(), engine.getBinaries(), name, false);
    }
    StandAloneValidatorFetcher fetcher = new StandAloneValidatorFetcher(engine.getPcm(), engine.getContext(), engine);
    engine.setFetcher(fetcher);
    engine.getContext().setLocator(fetcher);
    engine.setPolicyAdvisor(new BasePolicyAdvisorForFullValidation(ReferenceValidationPolicy.IGNORE, null));
    engine.prepare();
    return engine;
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      byte[] resource = exchange.getRequestBody().readAllBytes();
      JsonArray findings = new JsonArray();
      findings(resource, profiles(exchange.getRequestURI().getRawQuery())).forEach(said -> findings.add(said.json()));
      byte[] body = JsonParser.composeBytes(findings);
      exchange.getResponseHeaders().set("Content-Type", "application/json");
      exchange.sendResponseHeaders(200, body.length);
      exchange.getResponseBody().write(body);
    } catch (IOException | RuntimeException reason) {
      reason.printStackTrace();
      throw reason;
    }
  }

  private Set<Finding> findings(byte[] resource, List<String> profiles) {
    Set<Finding> findings = new LinkedHashSet<>();
    List<ValidationMessage> said = new ArrayList<>();
    try {
      List<StructureDefinition> definitions = engine.asSdList(profiles);
      InputStream source = new ByteArrayInputStream(resource);
      Element root = validator().validate(null, said, source, FhirFormat.JSON, definitions);
      if (root != null) {
        checkUnits(root, findings);
      }
    } catch (Exception | Error reason) { // the engine throws bare Errors too; they are its verdict, not our end
      reason.printStackTrace();
      findings.add(Finding.fatal(reason));
    }
    said.stream().map(Finding::of).forEach(findings::add);
    return findings;
  }

  /** To make one takes as long as to judge a resource, and one that is kept never lets go of what it judged. */
  private InstanceValidator validator() throws IOException {
    if (judged++ % FROM_ONE_VALIDATOR == 0) {
      validator = engine.getValidator(FhirFormat.JSON);
    }
    return validator;
  }

  /** Unit codes: the engine leaves them to a terminology server, although it carries the UCUM tables. */
  private void checkUnits(Element element, Set<Finding> findings) {
    String code = element.getNamedChildValue("code", false);
    if (code != null && UCUM.equals(element.getNamedChildValue("system", false))) {
      String fault = engine.getContext().getUcumService().validate(code);
      if (fault != null) {
        findings.add(new Finding("error", "code-invalid", element.getPath(), "UCUM: " + fault, "UCUM"));
      }
    }
    element.getChildren().forEach(child -> checkUnits(child, findings));
  }

  private static List<String> profiles(String query) {
    return Stream.of(query == null ? new String[0] : query.split("&"))
        .filter(part -> part.startsWith("profile="))
        .map(part -> URLDecoder.decode(part.substring("profile=".length()), StandardCharsets.UTF_8))
        .toList();
  }

  private static void endWithStandardInput() {
    Thread watcher =
        new Thread(
            () -> {
              try {
                while (System.in.read() >= 0) {}
              } catch (IOException closed) {
                // then it is closed as well
              }
              Runtime.getRuntime().halt(0);
            });
    watcher.setDaemon(true);
    watcher.start();
  }
}
