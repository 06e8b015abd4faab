package infusionbridge.ehr;

import ca.uhn.fhir.batch2.jobs.config.Batch2JobsConfig;
import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.IValidationSupport;
import ca.uhn.fhir.jpa.api.IDaoRegistry;
import ca.uhn.fhir.jpa.api.config.JpaStorageSettings;
import ca.uhn.fhir.jpa.api.config.ThreadPoolFactoryConfig;
import ca.uhn.fhir.jpa.api.dao.IFhirSystemDao;
import ca.uhn.fhir.jpa.batch2.JpaBatch2Config;
import ca.uhn.fhir.jpa.binary.api.IBinaryStorageSvc;
import ca.uhn.fhir.jpa.binstore.DatabaseBinaryContentStorageSvcImpl;
import ca.uhn.fhir.jpa.config.r4.JpaR4Config;
import ca.uhn.fhir.jpa.config.util.HapiEntityManagerFactoryUtil;
import ca.uhn.fhir.jpa.config.util.ResourceCountCacheUtil;
import ca.uhn.fhir.jpa.dao.FulltextSearchSvcImpl;
import ca.uhn.fhir.jpa.dao.IFulltextSearchSvc;
import ca.uhn.fhir.jpa.dao.search.HSearchSortHelperImpl;
import ca.uhn.fhir.jpa.dao.search.IHSearchSortHelper;
import ca.uhn.fhir.jpa.model.config.PartitionSettings;
import ca.uhn.fhir.jpa.model.config.SubscriptionSettings;
import ca.uhn.fhir.jpa.model.dialect.HapiFhirH2Dialect;
import ca.uhn.fhir.jpa.provider.DaoRegistryResourceSupportedSvc;
import ca.uhn.fhir.jpa.provider.IJpaSystemProvider;
import ca.uhn.fhir.jpa.provider.JpaCapabilityStatementProvider;
import ca.uhn.fhir.jpa.search.DatabaseBackedPagingProvider;
import ca.uhn.fhir.jpa.search.IStaleSearchDeletingSvc;
import ca.uhn.fhir.jpa.search.StaleSearchDeletingSvcImpl;
import ca.uhn.fhir.jpa.subscription.channel.config.SubscriptionChannelConfig;
import ca.uhn.fhir.jpa.subscription.match.config.SubscriptionProcessorConfig;
import ca.uhn.fhir.jpa.subscription.match.deliver.email.IEmailSender;
import ca.uhn.fhir.jpa.subscription.submit.config.SubscriptionSubmitterConfig;
import ca.uhn.fhir.jpa.util.ResourceCountCache;
import ca.uhn.fhir.rest.api.EncodingEnum;
import ca.uhn.fhir.rest.api.IResourceSupportedSvc;
import ca.uhn.fhir.rest.server.HardcodedServerAddressStrategy;
import ca.uhn.fhir.rest.server.RestfulServer;
import ca.uhn.fhir.rest.server.provider.ResourceProviderFactory;
import ca.uhn.fhir.rest.server.util.ISearchParamRegistry;
import com.zaxxer.hikari.HikariDataSource;
import jakarta.persistence.EntityManagerFactory;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Properties;
import java.util.Set;
import javax.sql.DataSource;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.orm.jpa.JpaTransactionManager;
import org.springframework.orm.jpa.LocalContainerEntityManagerFactoryBean;

/**
 * The EHR of the tests: a HAPI FHIR JPA R4 server on 127.0.0.1, everything in memory.
 *
 * <p>Argument: the port, 0 for any free one. Prints one line to stdout, {@code READY <base url>}, once it answers.
 * Ends on SIGTERM, and as soon as stdin closes, so it never outlives the process that started it.
 */
public final class HapiServer {

    /** A transaction that runs through parsing, matching, indexing and storing, and is then refused and rolled back. */
    private static final String WARM_UP = """
            {"resourceType": "Bundle", "type": "transaction", "entry": [
             {"fullUrl": "urn:uuid:0d6b8a4e-1f5a-4c53-9a83-6d1b6f0d7a01",
              "resource": {"resourceType": "Patient", "identifier": [{"system": "urn:warm-up", "value": "1"}]},
              "request": {"method": "PUT", "url": "Patient?identifier=urn:warm-up|1"}},
             {"resource": {"resourceType": "Observation", "status": "final", "code": {"text": "warm-up"},
                "subject": {"reference": "urn:uuid:0d6b8a4e-1f5a-4c53-9a83-6d1b6f0d7a01"},
                "effectiveDateTime": "2020-01-01", "valueQuantity": {"value": 1}},
              "request": {"method": "POST", "url": "Observation"}},
             {"resource": {"resourceType": "Observation", "status": "final", "code": {"text": "warm-up"},
                "subject": {"reference": "Patient/nobody"}},
              "request": {"method": "PUT", "url": "Observation/0d6b8a4e-1f5a-4c53-9a83-6d1b6f0d7a02"}}]}""";

    public static void main(String[] args) throws Exception {
        int port = args.length > 0 ? Integer.parseInt(args[0]) : 0;
        PrintStream stdout = System.out;
        System.setOut(System.err); // stdout carries the READY line and nothing else
        exitWhenStdinCloses();

        Server server = new Server();
        ServerConnector connector = new ServerConnector(server);
        connector.setHost("127.0.0.1");
        connector.setPort(port);
        connector.open(); // bound now: the base URL is known before HAPI is configured with it
        server.addConnector(connector);
        String baseUrl = "http://127.0.0.1:" + connector.getLocalPort() + "/fhir";

        AnnotationConfigApplicationContext spring = new AnnotationConfigApplicationContext(Beans.class);
        // References written with our own absolute address count as local ones.
        spring.getBean(JpaStorageSettings.class).setTreatBaseUrlsAsLocal(Set.of(baseUrl));

        ServletContextHandler context = new ServletContextHandler("/");
        context.addServlet(new ServletHolder(restfulServer(spring, baseUrl)), "/fhir/*");
        server.setHandler(context);
        server.start();

        warmUp(baseUrl);
        stdout.println("READY " + baseUrl);
        stdout.flush();
        server.join();
    }

    private static RestfulServer restfulServer(ApplicationContext spring, String baseUrl) {
        RestfulServer fhir = new RestfulServer(spring.getBean(FhirContext.class));
        fhir.registerProviders(spring.getBean(ResourceProviderFactory.class).createProviders());
        fhir.registerProvider(spring.getBean(IJpaSystemProvider.class));
        fhir.setServerConformanceProvider(new JpaCapabilityStatementProvider(
                fhir,
                spring.getBean(IFhirSystemDao.class),
                spring.getBean(JpaStorageSettings.class),
                spring.getBean(ISearchParamRegistry.class),
                spring.getBean(IValidationSupport.class)));
        fhir.setPagingProvider(spring.getBean(DatabaseBackedPagingProvider.class));
        fhir.setServerAddressStrategy(new HardcodedServerAddressStrategy(baseUrl));
        fhir.setDefaultResponseEncoding(EncodingEnum.JSON);
        return fhir;
    }

    private static void warmUp(String baseUrl) throws IOException, InterruptedException {
        HttpRequest transaction = HttpRequest.newBuilder(URI.create(baseUrl))
                .header("Content-Type", "application/fhir+json")
                .POST(HttpRequest.BodyPublishers.ofString(WARM_UP))
                .build();
        HttpResponse<String> answer =
                HttpClient.newHttpClient().send(transaction, HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() != 400 || !answer.body().contains("Patient/nobody")) {
            throw new IllegalStateException("warm-up: " + answer.statusCode() + " " + answer.body());
        }
    }

    private static void exitWhenStdinCloses() {
        Thread watcher = new Thread(() -> {
            try {
                while (System.in.read() != -1) {
                    // nothing is expected here
                }
            } catch (IOException closed) {
                // as good as the end of the stream
            }
            System.exit(0);
        });
        watcher.setDaemon(true);
        watcher.start();
    }

    /** What HAPI leaves for the application to decide. */
    @Configuration
    @Import({
        JpaR4Config.class, ThreadPoolFactoryConfig.class, JpaBatch2Config.class, Batch2JobsConfig.class,
        SubscriptionSubmitterConfig.class, SubscriptionProcessorConfig.class, SubscriptionChannelConfig.class
    })
    static class Beans {

        @Bean
        JpaStorageSettings storageSettings() {
            JpaStorageSettings settings = new JpaStorageSettings();
            // No reuse of an earlier search's results (HAPI's default is one minute): a search right after a write
            // has to see what was written.
            settings.setReuseCachedSearchResultsForMillis(null);
            settings.setEnforceReferentialIntegrityOnWrite(true);
            settings.setEnforceReferentialIntegrityOnDelete(true);
            settings.setAutoCreatePlaceholderReferenceTargets(false);
            return settings;
        }

        @Bean
        DataSource dataSource() {
            HikariDataSource pool = new HikariDataSource();
            pool.setJdbcUrl("jdbc:h2:mem:ehr;DB_CLOSE_DELAY=-1");
            pool.setMaximumPoolSize(40);
            pool.setMinimumIdle(2);
            return pool;
        }

        @Bean
        LocalContainerEntityManagerFactoryBean entityManagerFactory(
                DataSource dataSource,
                ConfigurableListableBeanFactory beans,
                FhirContext fhir,
                JpaStorageSettings settings) {
            LocalContainerEntityManagerFactoryBean factory =
                    HapiEntityManagerFactoryUtil.newEntityManagerFactory(beans, fhir, settings);
            factory.setPersistenceUnitName("ehr");
            factory.setDataSource(dataSource);
            Properties properties = new Properties();
            properties.put("hibernate.dialect", HapiFhirH2Dialect.class.getName());
            properties.put("hibernate.hbm2ddl.auto", "create-only"); // the database is new and empty
            properties.put("hibernate.search.enabled", "false");
            factory.setJpaProperties(properties);
            return factory;
        }

        @Bean
        JpaTransactionManager transactionManager(EntityManagerFactory entityManagerFactory) {
            return new JpaTransactionManager(entityManagerFactory);
        }

        @Bean
        PartitionSettings partitionSettings() {
            return new PartitionSettings();
        }

        @Bean
        SubscriptionSettings subscriptionSettings() {
            return new SubscriptionSettings();
        }

        @Bean
        IEmailSender emailSender() {
            return email -> {};
        }

        @Bean(name = "myResourceCountsCache")
        ResourceCountCache resourceCounts(IFhirSystemDao<?, ?> system) {
            return ResourceCountCacheUtil.newResourceCountCache(system);
        }

        @Bean
        DatabaseBackedPagingProvider pagingProvider() {
            return new DatabaseBackedPagingProvider();
        }

        @Bean
        IFulltextSearchSvc fulltextSearch() {
            return new FulltextSearchSvcImpl();
        }

        @Bean
        IHSearchSortHelper searchSortHelper(ISearchParamRegistry parameters) {
            return new HSearchSortHelperImpl(parameters);
        }

        @Bean
        IStaleSearchDeletingSvc staleSearchDeleting() {
            return new StaleSearchDeletingSvcImpl();
        }

        @Bean
        IResourceSupportedSvc resourceSupported(IDaoRegistry daos) {
            return new DaoRegistryResourceSupportedSvc(daos);
        }

        @Bean
        IBinaryStorageSvc binaryStorage() {
            return new DatabaseBinaryContentStorageSvcImpl();
        }
    }
}
